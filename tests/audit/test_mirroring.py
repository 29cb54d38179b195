"""What somebody of the platform does in a tenant stands in both trails, each once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from audit import actions, queries, tasks
from audit.actions import recording
from audit.models import Entry, Mirrored
from kernel import tenancy
from kernel.actors import Actor, ActorKind
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.caller import Caller


@pytest.fixture
def guest(platform: TenantRef) -> Actor:
    """Somebody of the platform who acts in another tenant."""
    return makers.person_actor(tenant_id=platform.id)


def copies(platform: TenantRef) -> list[Entry]:
    """The platform's own entries of acts elsewhere, oldest first."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return list(queries.entries(action="audit.tenant.acted_in").order_by("id"))


def test_an_act_of_the_platform_is_copied_once(acme: TenantRef, platform: TenantRef, guest: Actor) -> None:
    identifier = happen(actor=guest, subject="thing_1")
    before = len(copies(platform))

    assert [actions.mirror_to(platform), actions.mirror_to(platform)] == [1, 0]

    (copy,) = copies(platform)[before:]
    entry = queries.entry(identifier)
    assert copy.pk == identifier
    assert copy.received_at == entry.received_at
    assert copy.document["details"] == {"tenant": "acme", "action": "tests.thing.happened", "entry": entry.public_id}
    assert copy.document["subject"] == {"id": str(acme.id), "kind": "tenant", "label": "Acme"}
    shown = queries.opened(entry)
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        copied = queries.opened(copy)
    assert copied["actor"] == shown["actor"]
    assert copied["context"] == shown["context"]
    assert copy.document["personal"].keys() == {guest.id}
    assert copy.document["personal"] != entry.document["personal"]
    assert Mirrored.objects.count() == 0


def test_in_the_copy_too_a_key_that_is_named_after_a_person_has_its_name_sealed(platform: TenantRef, guest: Actor) -> None:
    key = replace(guest, kind=ActorKind.KEY, id="key_1", label="Script of ada@acme.example")
    identifier = happen(actor=key)

    actions.mirror_to(platform)

    (copy,) = [one for one in copies(platform) if one.pk == identifier]
    assert "ada@acme.example" not in copy.canonical
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert (queries.opened(copy)["actor"]["label"], copy.actor_label) == (key.label, key.label)


def test_what_the_tenants_own_people_do_is_not_copied(owner: Actor, operator: Actor) -> None:
    happen(actor=owner)
    happen(actor=operator)

    assert Mirrored.objects.count() == 0


def test_both_trails_hold_after_a_copy(acme: TenantRef, platform: TenantRef, guest: Actor) -> None:
    happen(actor=guest)
    actions.mirror_to(platform)
    seal(acme)
    seal(platform)

    assert queries.verify().ok
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        assert queries.verify().ok


def test_the_platform_copies_nothing_to_itself(platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        happen(actor=makers.person_actor())
        before = Entry.objects.count()
        tasks.mirror.run()

        assert (Entry.objects.count(), Mirrored.objects.count()) == (before, 0)


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def visited(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("visited") as ref:
        yield ref


@pytest.mark.committed
def test_a_crash_between_the_two_transactions_leaves_one_copy(
    visited: TenantRef, platform: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = replace(makers.OPERATOR, id="usr_guest", tenant_id=platform.id)
    before = len(copies(platform))
    append = recording.append

    def append_and_crash(prepared: Any) -> None:
        append(prepared)
        raise Crash

    with tenancy.activate(visited, purpose=Purpose.OPERATOR):
        happen(actor=guest)
        monkeypatch.setattr(recording, "append", append_and_crash)
        with pytest.raises(Crash):
            actions.mirror_to(platform)
        monkeypatch.undo()
        assert (Mirrored.objects.count(), len(copies(platform)) - before) == (1, 1)

        assert actions.mirror_to(platform) == 1
        assert (Mirrored.objects.count(), len(copies(platform)) - before) == (0, 1)


def test_a_key_of_the_platform_leaves_its_mark_in_both_trails(client: Caller, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        created = makers.make_key(email="acting@platform.example")
    caller = Caller(host="platform.localhost", key=created.secret)

    made = caller.post(
        "/v1/roles",
        {"name": "made-from-outside", "label": "Made", "description": "", "permissions": ["read:audit.entries"]},
        HTTP_X_TENANT_ID="acme",
    )
    before = len(copies(platform))
    tasks.mirror.run()

    assert made.status_code == 201
    entry = queries.entries(action="identity.role.created", actor_id=created.key.public_id)[0]
    assert [copy.pk for copy in copies(platform)[before:]] == [entry.pk]
