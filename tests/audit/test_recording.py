"""Writing to the trail: in the transaction of the change, whole, and told to the sealer afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.db import connections

from audit import actions, nudging, queries, tasks
from audit.canonical import OutsideDomain
from audit.models import Entry, QueuedEntry
from identity.models import Role
from kernel import clock, context, tenancy
from kernel.actors import Actor
from kernel.events import CATALOGUE
from kernel.tenancy import NoTenant, Purpose, TenantRef
from tests import makers
from tests.audit.conftest import Happened, happen, seal
from tests.tenancy import worker
from tests.wire import traced


def test_an_entry_says_everything_and_its_columns_say_the_same(owner: Actor) -> None:
    with context.bound(context.RequestContext("req-87654321", address="192.0.2.7", user_agent="curl/8", route="POST /v1/things")):
        identifier = happen(actor=owner, subject="thing_9", label="The ninth", number=9)

    entry = queries.entry(identifier)
    moment = clock.rfc3339(entry.received_at)
    assert entry.document == {
        "v": 2,
        "av": 1,
        "id": entry.public_id,
        "source": "freehold",
        "action": "tests.thing.happened",
        "category": "",
        "severity": 1,
        "outcome": "success",
        "reason": "",
        "occurred_at": moment,
        "received_at": moment,
        "actor": {"kind": "person", "ref": owner.id, "auth_method": "password", "on_behalf_of": "", "session": ""},
        "subject": {"id": "thing_9", "kind": "", "label": "The ninth"},
        "details": {"number": 9},
        "changes": {},
        "context": {
            "request_id": "req-87654321", "route": "POST /v1/things", "app_version": "0.1.0", "task_id": "", "trace_id": "",
        },
        "personal": {owner.id: entry.document["personal"][owner.id]},
    }  # fmt: skip
    columns = (entry.action, entry.outcome, entry.actor_kind, entry.actor_id, entry.actor_label, entry.subject, entry.subject_label)
    assert columns == ("tests.thing.happened", "success", "person", owner.id, owner.label, "thing_9", "The ninth")
    assert (entry.request_id, entry.address, len(bytes(entry.mac))) == ("req-87654321", "192.0.2.7", 32)
    assert QueuedEntry.objects.filter(entry_id=identifier).exists()


def test_an_entry_disappears_with_the_change_that_is_rolled_back(owner: Actor) -> None:
    before = Entry.objects.count(), QueuedEntry.objects.count()

    with pytest.raises(ZeroDivisionError):
        _change_and_fail(owner)

    assert (Entry.objects.count(), QueuedEntry.objects.count()) == before
    assert not Role.objects.filter(name="undone").exists()


@tenancy.atomic
def _change_and_fail(actor: Actor) -> None:
    Role.objects.create(name="undone", label="Undone", permissions=[])
    happen(actor=actor)
    raise ZeroDivisionError


def test_a_change_is_rolled_back_with_an_entry_that_cannot_be_written(owner: Actor) -> None:
    with pytest.raises(OutsideDomain):
        _change_and_say_the_unsayable(owner)

    assert not Role.objects.filter(name="undone").exists()


@tenancy.atomic
def _change_and_say_the_unsayable(actor: Actor) -> None:
    Role.objects.create(name="undone", label="Undone", permissions=[])
    happen(actor=actor, number=2**53)


def test_nothing_is_recorded_outside_a_tenant(owner: Actor) -> None:
    with tenancy.outside(), pytest.raises(NoTenant):
        happen(actor=owner)


def test_a_prepared_entry_is_appended_once(owner: Actor) -> None:
    prepared = actions.prepare(Happened(subject="thing_1"), actor=owner)
    before = Entry.objects.count()

    actions.append(prepared)
    actions.append(prepared)

    assert Entry.objects.count() == before + 1
    assert QueuedEntry.objects.filter(entry_id=prepared.id).count() == 1


def test_long_labels_are_cut_and_ids_kept_whole_in_the_text(owner: Actor, acme: TenantRef) -> None:
    identifier = happen(actor=owner, subject="s" * 100, label="l" * 300)

    entry = queries.entry(identifier)
    assert (len(entry.subject), len(entry.subject_label)) == (80, 200)
    assert entry.document["subject"] == {"id": "s" * 100, "kind": "", "label": "l" * 200}
    seal(acme)
    assert queries.verify().ok


@pytest.fixture
def quiet() -> Iterator[None]:
    """Nothing asked for, and nothing remembered of what was."""
    worker.empty_queues()
    nudging._nudged.clear()
    yield
    worker.empty_queues()


def _asked() -> list[str]:
    with current_app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        found = []
        for queue in ("now", "soon", "bulk"):
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                found.append(message.headers["task"])
    return found


@pytest.fixture(scope="module")
def told(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("told-once") as ref:
        yield ref


@pytest.mark.committed
def test_the_sealer_is_told_at_once_after_the_commit_and_once_more_of_the_rest(
    told: TenantRef, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudging, "QUIET_S", 3600.0)
    with tenancy.activate(told, purpose=Purpose.REQUEST):
        with tenancy.atomic():
            happen(actor=makers.OPERATOR)
            before = _asked()
        for _ in range(5):
            happen(actor=makers.OPERATOR)

    assert before == []
    assert _asked() == ["audit.seal", "audit.seal"]


@pytest.mark.committed
def test_the_sealer_is_not_told_of_what_was_rolled_back(told: TenantRef, quiet: None) -> None:
    with tenancy.activate(told, purpose=Purpose.REQUEST), tenancy.atomic():
        happen(actor=makers.OPERATOR)
        connections[told.cell].set_rollback(True)

    assert _asked() == []


def test_the_catalogue_names_each_fact_by_app_noun_and_past() -> None:
    assert len(CATALOGUE) >= 20
    for name, event in CATALOGUE.items():
        app, noun, verb = name.split(".")
        assert event.__module__.split(".")[:2] == [app, "events"]
        assert "" not in (noun, verb)
        assert event.__doc__


def test_recording_joins_the_transaction_of_its_action_without_a_savepoint_or_a_message_of_its_own(
    acme: TenantRef, owner: Actor
) -> None:
    happen(actor=owner)  # the person's key is made with the first entry that tells of them
    before = queries.entries().count()

    with tenancy.atomic(), traced(acme.cell) as messages:
        happen(actor=owner)

    assert [message for message in messages if "SAVEPOINT" in message or "INSERT" in message] == []
    assert queries.entries().count() == before + 1


@pytest.mark.committed
def test_a_sweep_asks_for_copies_only_where_one_waits(told: TenantRef, platform: TenantRef, quiet: None) -> None:
    tasks.sweep.run()
    without = _asked()
    with tenancy.activate(told, purpose=Purpose.REQUEST):
        happen(actor=makers.person_actor(tenant_id=platform.id))
    _asked()

    tasks.sweep.run()

    assert "audit.mirror" not in without
    assert _asked().count("audit.mirror") == 1
    with tenancy.activate(told, purpose=Purpose.REQUEST):
        assert actions.mirror_to(platform) == 1
