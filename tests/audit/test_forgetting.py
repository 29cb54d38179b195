"""Forgetting a person: what the trail has of them becomes unreadable, for good, and the trail holds as before."""

import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.utils import DatabaseError

from audit import actions, forgetting, person_keys, queries, tasks
from audit.alerts import correlating, remembering
from audit.models import Alert, AlertMemory, Entry, Export, LegalHold, PersonKey, SavedView, Seal, Stream
from audit.permissions import Permission
from audit.problems import PersonHeld, PersonUnknown, ReasonMissing
from kernel import clock, context, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tenants.models import ForgottenPerson
from tests import makers
from tests.audit.conftest import happen, seal
from tests.audit.test_personal import person, welcome
from tests.caller import Caller

WHY = "Request 4711."


@pytest.fixture
def milo() -> str:
    """The ref of somebody whom the trail tells of."""
    return person()


@pytest.fixture
def told(owner: Actor, milo: str) -> list[Entry]:
    """Two entries about Milo by the owner."""
    return [welcome(milo, actor=owner, email="milo@acme.example", number=number) for number in range(2)]


def fresh(entry: Entry) -> Entry:
    return queries.entry(entry.pk)


def test_a_forgotten_person_cannot_be_read_and_the_others_can(told: list[Entry], milo: str, owner: Actor) -> None:
    before = told[0].canonical

    found = actions.forget_person(milo, reason=WHY, actor=owner)

    assert (found.as_actor, found.as_subject, found.entries, found.is_forgotten) == (0, 2, 2, False)
    for entry in told:
        shown = queries.opened(fresh(entry))
        assert (shown["subject"], shown["is_forgotten"]) == ({"id": milo, "kind": "person", "label": ""}, True)
        assert "milo@acme.example" not in str(shown)
        assert shown["actor"]["label"] == owner.label
        assert (fresh(entry).subject_label, fresh(entry).actor_label) == ("", owner.label)
    assert fresh(told[0]).canonical == before


def test_the_log_is_the_same_and_holds(acme: TenantRef, told: list[Entry], milo: str, owner: Actor) -> None:
    seal(acme)
    chain = queries.chain()
    leaves = [bytes(kept.leaf) for kept in queries.seals_of(told).values()]

    actions.forget_person(milo, reason=WHY, actor=owner)

    assert [bytes(kept.leaf) for kept in queries.seals_of(told).values()] == leaves
    assert (queries.chain().sealed, queries.chain().head_hex) == (chain.sealed, chain.head_hex)
    assert queries.verify().ok
    seal(acme)
    assert queries.verify().ok


def test_what_a_person_did_loses_their_name_and_address(owner: Actor) -> None:
    ada = makers.person_actor()
    entry = queries.entry(happen(actor=ada))

    actions.forget_person(ada.id, reason=WHY, actor=owner)

    shown, row = queries.opened(fresh(entry)), fresh(entry)
    assert (shown["actor"]["id"], shown["actor"]["label"], shown["context"]["address"], shown["context"]["user_agent"]) == (
        ada.id,
        "",
        "",
        "",
    )
    assert (row.actor_id, row.actor_label, row.address) == (ada.id, "", "")
    assert queries.verify().ok


def test_it_is_recorded_noted_in_home_and_done_once(told: list[Entry], milo: str, owner: Actor, acme: TenantRef) -> None:
    actions.forget_person(milo, reason=WHY, actor=owner)
    actions.forget_person(milo, reason=WHY, actor=owner)

    (entry,) = queries.entries(action="audit.person.forgotten", subject=milo)
    assert (entry.actor_id, entry.document["details"]) == (owner.id, {"reason": WHY, "entries": 2})
    assert entry.document["reason"] == WHY
    assert ForgottenPerson.objects.filter(tenant_id=acme.id, ref=milo).count() == 1
    assert PersonKey.objects.get(ref=milo).sealed == ""


def test_no_new_key_is_made_for_who_is_forgotten(told: list[Entry], milo: str, owner: Actor) -> None:
    actions.forget_person(milo, reason=WHY, actor=owner)
    person_keys.forget_all()

    entry = welcome(milo, actor=owner, email="milo@acme.example")

    assert entry.document["personal"][milo] == ""
    assert entry.subject_label == ""
    assert queries.opened(entry)["is_forgotten"]
    assert PersonKey.objects.get(ref=milo).sealed == ""
    assert queries.verify().ok


def test_a_key_that_came_back_with_a_copy_is_destroyed_again(told: list[Entry], milo: str, owner: Actor) -> None:
    kept = PersonKey.objects.get(ref=milo).sealed
    actions.forget_person(milo, reason=WHY, actor=owner)
    PersonKey.objects.filter(ref=milo).update(sealed=kept)
    before = Entry.objects.count()

    assert [actions.forget_again([milo, "usr_never_here"]), actions.forget_again([milo])] == [2, 0]

    assert PersonKey.objects.get(ref=milo).sealed == ""
    assert queries.opened(fresh(told[0]))["is_forgotten"]
    assert Entry.objects.count() == before


def test_what_a_process_with_the_old_key_wrote_is_emptied_by_the_sweep(milo: str, told: list[Entry], owner: Actor) -> None:
    keys = person_keys.for_reading([milo])
    actions.forget_person(milo, reason=WHY, actor=owner)
    person_keys._remember({person_keys._place(milo): keys[milo]})
    late = welcome(milo, actor=owner)
    assert late.subject_label == "Milo Member"

    assert actions.empty_forgotten() == 1

    person_keys.forget_all()
    assert fresh(late).subject_label == ""
    assert queries.opened(fresh(late))["is_forgotten"]
    assert actions.empty_forgotten() == 0


def test_the_sweep_is_a_task(milo: str) -> None:
    tasks.sweep_forgotten.run()


def test_more_entries_than_a_batch_are_emptied(milo: str, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    for _ in range(5):
        welcome(milo, actor=owner)

    actions.forget_person(milo, reason=WHY, actor=owner)

    assert not Entry.objects.filter(subject=milo).exclude(subject_label="").exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET subject_label = 'Somebody else' WHERE id = %s",
        "UPDATE audit_entry SET canonical = '' WHERE id = %s",
        "UPDATE audit_entry SET subject_label = '', actor_id = 'x' WHERE id = %s",
        "DELETE FROM audit_entry WHERE id = %s",
    ],
)
def test_even_the_owner_of_the_tables_may_do_nothing_else(told: list[Entry], statement: str) -> None:
    with (
        tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE),
        pytest.raises(DatabaseError, match="append-only"),
        tenancy.atomic(),
        connections["cell-1"].cursor() as cursor,
    ):
        cursor.execute(statement, [told[0].pk])


def test_the_tenants_role_may_not_even_empty(told: list[Entry]) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), tenancy.atomic():
        Entry.objects.filter(pk=told[0].pk).update(subject_label="")


def test_who_may_not_forget_changes_nothing(told: list[Entry], milo: str) -> None:
    reader = makers.person_actor(grants=frozenset({Permission.READ_ENTRIES.value}))

    with pytest.raises(Forbidden):
        actions.forget_person(milo, reason=WHY, actor=reader)

    assert queries.opened(fresh(told[0]))["subject"]["label"] == "Milo Member"
    assert not ForgottenPerson.objects.filter(ref=milo).exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_reason_is_needed(told: list[Entry], milo: str, owner: Actor, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        actions.forget_person(milo, reason=reason, actor=owner)

    assert not queries.person_in_trail(milo).is_forgotten


def test_nobody_is_forgotten_whom_the_trail_does_not_know(owner: Actor) -> None:
    with pytest.raises(PersonUnknown):
        actions.forget_person("usr_nobody", reason=WHY, actor=owner)

    assert not PersonKey.objects.filter(ref="usr_nobody").exists()
    assert not ForgottenPerson.objects.filter(ref="usr_nobody").exists()


@pytest.mark.parametrize("named", ["subject", "actor_id", ""])
def test_a_hold_keeps_a_person(told: list[Entry], milo: str, owner: Actor, named: str) -> None:
    about = {named: milo} if named else {}
    LegalHold.objects.create(name="Matter", reason="Court.", owner_id=owner.id, owner_label=owner.label, **about)

    with pytest.raises(PersonHeld):
        actions.forget_person(milo, reason=WHY, actor=owner)

    assert not queries.person_in_trail(milo).is_forgotten


def test_a_hold_about_somebody_else_does_not(told: list[Entry], milo: str, owner: Actor) -> None:
    LegalHold.objects.create(name="Matter", reason="Court.", owner_id=owner.id, owner_label=owner.label, subject="usr_other")

    assert actions.forget_person(milo, reason=WHY, actor=owner).entries == 2


def alert_of(*, group: str = "", note: str = "", seqs: tuple[int, ...] = (), **facts: str) -> Alert:
    return Alert.objects.create(
        rule_key="r", title="T", severity=3, group=group, note=note, facts=facts, first_seq=1, last_seq=1, seqs=list(seqs),
        happened_at=clock.now(),
    )  # fmt: skip


def said_by(alert: Alert) -> tuple[str, str, dict[str, str]]:
    kept = Alert.objects.get(pk=alert.pk)
    return kept.group, kept.note, kept.facts


def test_alerts_lose_what_they_say_of_a_forgotten_person_and_of_nobody_else(told: list[Entry], milo: str, owner: Actor) -> None:
    named = alert_of(group=f"actor.id={milo}")
    meant = alert_of(group="a", country="DE", whom=milo)
    noted = alert_of(group="b", note="I called MILO MEMBER, all is well.")
    others = alert_of(group=f"actor.id={milo}x", note="Milo Members, Camilo Member")

    actions.forget_person(milo, reason=WHY, actor=owner)

    assert [said_by(alert) for alert in (named, meant, noted)] == [
        (f"forgotten {alert.pk}", "", {}) for alert in (named, meant, noted)
    ]
    assert said_by(others) == (f"actor.id={milo}x", "Milo Members, Camilo Member", {})
    assert Alert.objects.get(pk=named.pk).version == 2


def test_an_alert_loses_an_address_when_its_entries_are_the_persons_own(acme: TenantRef) -> None:
    doer = makers.person_actor()
    with context.bound(replace(context.current(), address="198.51.100.7")):
        entry = happen(actor=doer, subject="thing_1")
    seal(acme)
    own = alert_of(group="context.address=198.51.100.7", seqs=(Seal.objects.get(entry_id=entry).seq,))
    foreign = alert_of(group="address=198.51.100.7")

    actions.forget_person(doer.id, reason=WHY, actor=makers.OPERATOR)

    assert said_by(own) == (f"forgotten {own.pk}", "", {})
    assert said_by(foreign) == ("address=198.51.100.7", "", {})


def test_what_rules_remember_of_a_forgotten_person_goes(told: list[Entry], milo: str, owner: Actor) -> None:
    key, other = (remembering.habit_key(correlating.digest(ref)) for ref in (milo, owner.id))
    AlertMemory.objects.bulk_create(
        [AlertMemory(key=name, value={"countries": ["DE"]}, expires_at=clock.now() + timedelta(days=1)) for name in (key, other)]
    )

    actions.forget_person(milo, reason=WHY, actor=owner)

    assert list(AlertMemory.objects.filter(key__in=[key, other]).values_list("key", flat=True)) == [other]


def test_what_people_saved_names_a_forgotten_person_by_the_id(told: list[Entry], milo: str, owner: Actor) -> None:
    view = SavedView.objects.create(name="All of Milo Member", owner_id="usr_x", filters={"q": "milo member", "outcome": "denied"})
    stream = Stream.objects.create(name="Milo Member", kind="https", format="jsonl", filters={"q": "Milo Member"})
    export = Export.objects.create(format="jsonl", asked_by="Milo Member", filters={"filters": {"q": "Milo Member"}})

    actions.forget_person(milo, reason=WHY, actor=owner)

    for row in (view, stream, export):
        row.refresh_from_db()
    assert (view.name, view.filters) == (f"All of {milo}", {"q": milo, "outcome": "denied"})
    assert (stream.name, stream.filters) == (milo, {"q": milo})
    assert (export.asked_by, export.filters) == (milo, {"filters": {"q": milo}})


def test_alerts_of_a_restored_copy_lose_it_again(told: list[Entry], milo: str) -> None:
    alert = alert_of(group=f"actor.id={milo}")

    actions.forget_again([milo])

    assert said_by(alert) == (f"forgotten {alert.pk}", "", {})


def test_over_http_a_person_is_first_counted_and_then_forgotten(client: Caller, told: list[Entry], milo: str) -> None:
    client.key = makers.make_key(scopes=("erase:audit.persons",)).secret
    path = f"/v1/audit/persons/{milo}"
    shown = {"ref": milo, "as_actor": 0, "as_subject": 2, "entries": 2, "is_forgotten": False}

    assert client.get(path).json() == shown
    assert client.delete(path).status_code == 422
    assert client.delete(f"{path}?reason=Asked").json() == shown

    assert client.get(path).json() == {**shown, "as_subject": 3, "entries": 3, "is_forgotten": True}
    assert client.get("/v1/audit/persons/usr_nobody").status_code == 404
    client.key = makers.make_key(scopes=("read:audit.entries",), email="reader@acme.example").secret
    assert client.delete(f"{path}?reason=Asked").status_code == 403


@pytest.fixture(scope="module")
def lasting(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("forgetful") as ref:
        yield ref


@pytest.mark.committed
def test_by_command_a_rehearsal_changes_nothing_and_the_act_does(lasting: TenantRef) -> None:
    ada = makers.person_actor()
    with tenancy.activate(lasting, purpose=Purpose.OPERATOR):
        entry = queries.entry(happen(actor=ada))
    arguments = ["audit", "forget-person", ada.id, "--tenant", lasting.slug, "--reason", WHY, "--json"]

    rehearsed = _said(*arguments, "--dry-run")
    with tenancy.activate(lasting, purpose=Purpose.OPERATOR):
        assert queries.opened(fresh(entry))["actor"]["label"] == ada.label
    done = _said(*arguments)

    assert rehearsed == {"schema": 1, "person": {"ref": ada.id, "as_actor": 1, "as_subject": 0, "entries": 1}, "dry_run": True}
    assert done == {"schema": 1, "person": rehearsed["person"]}
    with tenancy.activate(lasting, purpose=Purpose.OPERATOR):
        assert queries.opened(fresh(entry))["is_forgotten"]
        assert fresh(entry).actor_label == ""
    ForgottenPerson.objects.filter(tenant_id=lasting.id).delete()


def _said(*arguments: str) -> dict[str, object]:
    out = io.StringIO()
    with redirect_stdout(out):
        call_command(*arguments, stdout=out)
    said: dict[str, object] = orjson.loads(out.getvalue())
    return said
