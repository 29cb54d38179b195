"""What a check says of entries that wait, of what it rests on, of forgotten persons, and of what was removed in time."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import connections

from audit import actions, partitions, queries
from audit.drafting import Prepared
from audit.models import Entry, PersonKey, Pruning
from audit.verifying import Answer, Check, Depth, reading
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import Happened, happen, seal
from tests.audit.tampering import faults, place_of, tampering


def test_an_entry_that_neither_waits_nor_is_sealed_is_found(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    identifier = happen(actor=owner)
    with tampering() as execute:
        execute("DELETE FROM audit_queuedentry WHERE entry_id = %s", identifier)

    assert "the sealer does not know of it" in faults(queries.verify())[Check.TEXT]


def test_a_removed_entry_whose_place_in_the_queue_was_forgotten_is_found(
    acme: TenantRef, sealed: list[Entry], owner: Actor
) -> None:
    identifier = happen(actor=owner)
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", identifier)

    assert faults(queries.verify()) == {Check.TEXT: f"an entry that waited for its seal is missing: {identifier}"}


def test_an_entry_removed_with_its_place_in_the_queue_is_known_to_the_log_lines_alone(
    acme: TenantRef, sealed: list[Entry], owner: Actor
) -> None:
    identifier = happen(actor=owner)
    mac = bytes(Entry.objects.get(pk=identifier).mac).hex()
    line = f"2026-11-21T20:00:00Z host freehold: audit.entry {ids.show('ent', identifier)} {mac}"
    others = [f"audit.entry {row.public_id} {bytes(row.mac).hex()}" for row in sealed]
    assert queries.verify(lines=[*others, line, "something else"]).ok
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", identifier)
        execute("DELETE FROM audit_queuedentry WHERE entry_id = %s", identifier)

    assert queries.verify().ok
    assert faults(queries.verify(lines=[*others, line])) == {
        Check.LOG: f"the entry {ids.show('ent', identifier)} was told of in the log lines, and is not there"
    }


def test_a_quick_check_rests_on_the_last_full_one_and_names_it(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    full = actions.verify_chain(actor=owner)
    told = queries.entries(action="audit.chain.verified").order_by("-id")[0]
    happen(actor=owner)
    seal(acme)

    found = actions.verify_chain(actor=owner, depth=Depth.QUICK)

    assert found.basis is not None
    assert (found.answer, found.basis.entry, found.basis.size) == (Answer.SOUND, told.public_id, full.size)
    assert (found.checked, found.size) == (2, full.size + 2)
    assert queries.verify().root == found.root
    assert queries.entries(action="audit.chain.verified").order_by("-id")[0].document["details"]["rests_on"] == told.public_id


def test_a_quick_check_finds_a_log_that_is_no_longer_the_one_it_rests_on(
    acme: TenantRef, sealed: list[Entry], owner: Actor
) -> None:
    actions.verify_chain(actor=owner)
    happen(actor=owner)
    seal(acme)
    with tampering() as execute:
        execute("UPDATE audit_seal SET leaf = decode(repeat('00', 32), 'hex') WHERE seq = %s", place_of(sealed[0]))

    found = queries.verify(depth=Depth.QUICK)

    assert (found.basis, found.checked) == (None, found.size)
    assert "is not the one that was found sound by" in "".join(fault.what for fault in found.faults) or found.broken_at == place_of(
        sealed[0]
    )
    assert found.answer is Answer.TAMPERED


def test_a_check_that_never_was_is_not_rested_on(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    actions.verify_chain(actor=owner)
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'size', 'sizf') WHERE action = 'audit.chain.verified'")

    assert queries.verify(depth=Depth.QUICK).basis is None


def test_columns_may_be_empty_where_a_person_was_forgotten_and_only_there(
    acme: TenantRef, sealed: list[Entry], owner: Actor
) -> None:
    columns = {"actor_label": "", "address": ""}
    with tampering() as execute:
        execute("UPDATE audit_entry SET actor_label = '', address = '' WHERE id = %s", sealed[2].pk)
    before = queries.verify()

    actions.forget_person(owner.id, reason="asked for it", actor=makers.OPERATOR)

    assert faults(before).keys() == {Check.TEXT}
    assert columns == Entry.objects.filter(pk=sealed[1].pk).values(*columns)[0]
    assert queries.verify().ok


def test_a_key_that_was_not_destroyed_on_purpose_cannot_be_told(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    with tampering() as execute:
        execute("DELETE FROM audit_personkey WHERE ref = %s", owner.id)

    found = queries.verify()

    assert (found.answer, found.doubts[0].check) == (Answer.CANNOT_TELL, Check.TEXT)
    assert owner.id in found.reason


def test_an_entry_of_the_first_version_is_sound_though_nobody_in_it_ever_had_a_key(acme: TenantRef, sealed: list[Entry]) -> None:
    fresh = actions.prepare(Happened(subject="thing_1"), actor=makers.person_actor())
    append_of_the_first_version(fresh, actor_id="usr_of_old", label="old@acme.example")
    seal(acme)
    assert not PersonKey.objects.filter(ref__in=["usr_of_old", "thing_1"]).exists()
    sound = queries.verify()
    with tampering() as execute:
        execute("UPDATE audit_entry SET actor_label = '' WHERE id = %s", fresh.id)

    emptied = queries.verify()

    assert (sound.answer, sound.faults, sound.doubts) == (Answer.SOUND, (), ())
    assert emptied.reason == f"the columns of entry {ids.show('ent', fresh.id)} do not say what its text says"


def append_of_the_first_version(fresh: Prepared, *, actor_id: str, label: str) -> None:
    """Put an entry on the trail as releases before version 2 did."""
    document = {
        "v": 1, "av": 1, "action": "identity.person.added", "outcome": "success", "occurred_at": clock.rfc3339(fresh.received_at),
        "actor": {"kind": "person", "id": actor_id, "label": label, "auth_method": "password"},
        "subject": {"id": "thing_1", "label": "Thing"}, "details": {"email": label},
        "context": {"request_id": "r-1", "address": "192.0.2.9", "user_agent": "curl/8", "route": "POST /v1/people"},
    }  # fmt: skip
    actions.append(Prepared(fresh.id, fresh.received_at, document))


def test_a_removal_counts_when_the_trail_tells_of_it(acme: TenantRef, aged: list[UUID], owner: Actor) -> None:
    row = _remove_oldest_month()
    untold = queries.verify()
    actions.record(Pruned(subject=row.partition, first_seq=row.first_seq, last_seq=row.last_seq), actor=owner)

    found = queries.verify()

    assert (untold.broken_at, untold.answer) == (row.first_seq, Answer.TAMPERED)
    assert [(one.stage, one.first_seq, one.last_seq, one.removed_at, one.basis) for one in found.removed] == [
        ("bodies", row.first_seq, row.last_seq, row.pruned_at, "data (12 months)")
    ]
    assert found.answer is Answer.SOUND


def test_a_check_during_which_a_month_is_removed_begins_anew(
    acme: TenantRef, aged: list[UUID], owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 1)
    removed: list[Pruning] = []

    def remove_once(done: int, of: int) -> None:
        if not removed:
            removed.append(_remove_oldest_month())
            row = removed[0]
            actions.record(Pruned(subject=row.partition, first_seq=row.first_seq, last_seq=row.last_seq), actor=owner)

    found = queries.verify(on_progress=remove_once)

    assert removed[0].last_seq > 1
    assert (found.answer, found.faults, [one.last_seq for one in found.removed]) == (Answer.SOUND, (), [removed[0].last_seq])


def test_a_removal_does_not_cover_an_entry_whose_month_still_stands(acme: TenantRef, aged: list[UUID], owner: Actor) -> None:
    """At midnight entries of two months are sealed side by side, so that the places of a month may hold one of the next."""
    row = _remove_oldest_month(more=1)
    actions.record(Pruned(subject=row.partition, first_seq=row.first_seq, last_seq=row.last_seq), actor=owner)
    assert queries.verify().answer is Answer.SOUND
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_seal WHERE seq = %s)", row.last_seq)

    found = queries.verify()

    assert (found.answer, found.broken_at) == (Answer.TAMPERED, row.last_seq)
    assert found.reason == f"the entry of seal {row.last_seq} is missing"


def _remove_oldest_month(*, more: int = 0) -> Pruning:
    """Drop the bodies of a month and note it, with `more` places behind its last; no entry tells of it yet."""
    month = partitions.months()[0].name
    with tampering() as execute, connections["cell-1"].cursor() as cursor:
        cursor.execute(f"SELECT count(*), min(s.seq), max(s.seq) FROM audit_seal s JOIN {month} e ON e.id = s.entry_id")
        number, first, last = cursor.fetchone()
        execute(f"DELETE FROM {month}")
        cursor.execute(f"DROP TABLE {month}")
        policies = {"data": {"basis": "12 months"}}
        return Pruning.objects.create(
            stage="bodies", partition=month, first_seq=first, last_seq=last + more, number=number, policies=policies
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned(Event):
    """The removal of bodies, as the trail tells of it."""

    first_seq: int
    last_seq: int


Pruned.name = "audit.bodies.pruned"


def test_columns_that_still_show_a_forgotten_person_cannot_be_told(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    """The key goes first and the columns are emptied after it: a check in between must not cry wolf, and cannot say that all is well."""
    with tampering() as execute:
        execute("UPDATE audit_personkey SET sealed = '' WHERE ref = %s", owner.id)

    found = queries.verify()

    assert (found.answer, found.doubts[0].check) == (Answer.CANNOT_TELL, Check.TEXT)
    assert "still show somebody who is forgotten" in found.reason


def test_what_home_remembers_from_before_the_check_that_a_quick_one_rests_on_is_left_to_that_one(
    acme: TenantRef, sealed: list[Entry], owner: Actor
) -> None:
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.sign_log()
    happen(actor=owner)
    seal(acme)
    actions.verify_chain(actor=owner)
    happen(actor=owner)
    seal(acme)

    found = actions.verify_chain(actor=owner, depth=Depth.QUICK)

    assert found.basis is not None
    assert (found.answer, found.faults, found.doubts) == (Answer.SOUND, (), ())
