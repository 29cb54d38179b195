"""What a check of the chain finds when somebody with full power over the tables has been at work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from audit import actions, queries
from audit.models import Entry, Seal
from audit.permissions import Permission
from audit.sealing import mac_of
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal


@contextmanager
def tampering() -> Iterator[Callable[..., None]]:
    """Executes anything on acme's tables as their owner, with the triggers that forbid it switched off."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE), connections["cell-1"].cursor() as cursor:

        def execute(statement: str, *values: Any) -> None:
            cursor.execute(statement, values)
            assert cursor.rowcount > 0, "the attack met no row"

        for table in ("audit_entry", "audit_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield execute


def _place(entry: Entry) -> int:
    seal = queries.seal_of(entry)
    assert seal is not None
    return seal.seq


def test_an_untouched_chain_holds(sealed: list[Entry]) -> None:
    found = queries.verify()

    assert (found.ok, found.broken_at, found.reason) == (True, 0, "")
    assert found.checked == Seal.objects.count() >= 5


def test_an_empty_chain_holds(acme: TenantRef) -> None:
    with tampering() as execute:
        execute("INSERT INTO audit_seal VALUES (0, gen_random_uuid(), '', '', now())")
        execute("DELETE FROM audit_seal WHERE seq >= 0")
        connections["cell-1"].cursor().execute("DELETE FROM audit_head")

    assert queries.verify() == queries.Verification(checked=0, broken_at=0, reason="")


def test_an_altered_text_is_found(sealed: list[Entry]) -> None:
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'thing_2', 'thing_7') WHERE id = %s", sealed[2].pk)

    found = queries.verify()
    assert (found.broken_at, found.reason) == (_place(sealed[2]), f"the text of entry {sealed[2].public_id} was altered")
    assert found.checked == _place(sealed[2]) - 1


def test_an_altered_text_is_found_even_by_who_has_the_key_of_the_mac(sealed: list[Entry]) -> None:
    text = sealed[2].canonical.replace("thing_2", "thing_7")
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = %s, mac = %s WHERE id = %s", text, mac_of(text), sealed[2].pk)

    assert queries.verify().reason == f"the leaf of seal {_place(sealed[2])} does not match its entry"


@pytest.mark.parametrize(
    "change",
    [
        "action = 'tests.thing.forgot'",
        "outcome = 'denied'",
        "actor_kind = 'key'",
        "actor_id = 'usr_other'",
        "actor_label = 'Somebody Else'",
        "subject = 'thing_7'",
        "subject_label = 'Another'",
        "request_id = 'other'",
        "address = '203.0.113.1'",
        "received_at = received_at - interval '1 second'",
    ],
)
def test_an_altered_column_is_found(sealed: list[Entry], change: str) -> None:
    with tampering() as execute:
        execute(f"UPDATE audit_entry SET {change} WHERE id = %s", sealed[3].pk)

    found = queries.verify()
    assert found.broken_at == _place(sealed[3])
    assert found.reason == f"the columns of entry {sealed[3].public_id} do not say what its text says"


def test_a_removed_entry_is_found(sealed: list[Entry]) -> None:
    place = _place(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", sealed[1].pk)

    assert queries.verify() == queries.Verification(place - 1, broken_at=place, reason=f"the entry of seal {place} is missing")


def test_a_removed_entry_is_found_when_its_seal_went_with_it(sealed: list[Entry]) -> None:
    place = _place(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", sealed[1].pk)
        execute("DELETE FROM audit_seal WHERE entry_id = %s", sealed[1].pk)

    assert queries.verify() == queries.Verification(place - 1, broken_at=place, reason=f"seal {place} is missing")


def test_a_gap_that_was_closed_is_found(sealed: list[Entry]) -> None:
    place = _place(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_seal WHERE seq = %s", place)
        execute("UPDATE audit_seal SET seq = -seq WHERE seq > %s", place)
        execute("UPDATE audit_seal SET seq = -seq - 1 WHERE seq < 0")

    assert queries.verify().reason == f"seal {place} is not linked to the one before it"


def test_entries_that_changed_places_are_found(sealed: list[Entry]) -> None:
    first, second = _place(sealed[1]), _place(sealed[2])
    with tampering() as execute:
        execute("UPDATE audit_seal SET entry_id = gen_random_uuid() WHERE seq = %s", first)
        execute("UPDATE audit_seal SET entry_id = %s WHERE seq = %s", sealed[1].pk, second)
        execute("UPDATE audit_seal SET entry_id = %s WHERE seq = %s", sealed[2].pk, first)

    assert queries.verify().reason == f"the leaf of seal {first} does not match its entry"


def test_leaves_that_changed_places_with_their_entries_are_found(sealed: list[Entry]) -> None:
    first, second = (Seal.objects.get(entry_id=sealed[place].pk) for place in (1, 2))
    with tampering() as execute:
        execute("UPDATE audit_seal SET entry_id = gen_random_uuid() WHERE seq = %s", first.seq)
        execute("UPDATE audit_seal SET entry_id = %s, leaf = %s WHERE seq = %s", first.entry_id, bytes(first.leaf), second.seq)
        execute("UPDATE audit_seal SET entry_id = %s, leaf = %s WHERE seq = %s", second.entry_id, bytes(second.leaf), first.seq)

    assert queries.verify().reason == f"seal {first.seq} is not linked to the one before it"


def test_a_cut_tail_is_found(sealed: list[Entry]) -> None:
    place = _place(sealed[3])
    with tampering() as execute:
        execute("DELETE FROM audit_seal WHERE seq >= %s", place)
        execute("DELETE FROM audit_entry WHERE id IN (%s, %s)", sealed[3].pk, sealed[4].pk)

    found = queries.verify()
    assert (found.broken_at, found.reason) == (place, f"the chain ends at {place - 1}, its head says {place + 1}")


@pytest.mark.parametrize("change", ["size = size - 1", "chain = decode(repeat('00', 32), 'hex')"])
def test_an_altered_head_is_found(sealed: list[Entry], change: str) -> None:
    with tampering() as execute:
        execute(f"UPDATE audit_head SET {change}")

    assert not queries.verify().ok


def test_a_removed_head_is_found(sealed: list[Entry]) -> None:
    with tampering() as execute:
        execute("DELETE FROM audit_head")

    assert queries.verify() == queries.Verification(checked=0, broken_at=1, reason="there are seals outside the chain")


@pytest.mark.parametrize("place", [0, -7, 10**9])
def test_a_seal_outside_the_chain_is_found(sealed: list[Entry], place: int) -> None:
    with tampering() as execute:
        execute("INSERT INTO audit_seal VALUES (%s, gen_random_uuid(), '', '', now())", place)

    assert queries.verify().reason == "there are seals outside the chain"


@pytest.fixture(scope="module")
def living(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("living") as ref:
        yield ref


@pytest.mark.committed
def test_what_is_sealed_during_a_check_is_no_fault(living: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    find, sealed_meanwhile = queries._fault, []

    def record_and_seal() -> None:
        try:
            with tenancy.activate(living, purpose=Purpose.REQUEST):
                happen(actor=makers.OPERATOR)
            sealed_meanwhile.append(seal(living))
        finally:
            connections.close_all()

    def find_while_others_work(*arguments: Any, **named: Any) -> str:
        if not sealed_meanwhile:
            thread = Thread(target=record_and_seal)
            thread.start()
            thread.join()
        return find(*arguments, **named)

    seal(living)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        before = queries.chain().sealed
        monkeypatch.setattr(queries, "_fault", find_while_others_work)

        found = queries.verify()

        assert (found.ok, found.checked, sealed_meanwhile) == (True, before, [1])
        assert queries.verify().checked == before + 1


def test_an_entry_put_in_without_the_key_is_found_once_it_is_sealed(acme: TenantRef, sealed: list[Entry]) -> None:
    with connections["cell-1"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry SELECT %s, received_at, action, outcome, actor_kind, actor_id, actor_label, subject, subject_label,"
            " request_id, address, canonical, decode(repeat('00', 32), 'hex') FROM audit_entry WHERE id = %s",
            [ids.new_id(), sealed[0].pk],
        )
    seal(acme)

    assert queries.verify().reason.endswith("was altered")


def test_an_entry_altered_while_it_waited_is_found_once_it_is_sealed(acme: TenantRef, owner: Actor) -> None:
    identifier: UUID = happen(actor=owner)
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'thing_1', 'thing_7') WHERE id = %s", identifier)
    seal(acme)

    assert queries.verify().reason == f"the text of entry {ids.show('ent', identifier)} was altered"


def test_a_tail_cut_with_its_head_is_beyond_this_check(acme: TenantRef, sealed: list[Entry]) -> None:
    """Written down, not wished away: only somebody who holds an earlier head can tell."""
    place = _place(sealed[4])
    before = bytes(Seal.objects.get(seq=place - 1).chain)
    known = queries.chain()
    with tampering() as execute:
        execute("DELETE FROM audit_seal WHERE seq = %s", place)
        execute("DELETE FROM audit_entry WHERE id = %s", sealed[4].pk)
        execute("UPDATE audit_head SET size = size - 1, chain = %s", before)

    assert queries.verify().ok
    assert queries.chain().sealed < known.sealed


def test_a_chain_longer_than_a_batch_is_checked_to_its_end(
    acme: TenantRef, sealed: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "BATCH", 2)
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[4].pk)

    assert queries.verify().broken_at == _place(sealed[4])


def test_who_has_a_chain_checked_stands_in_the_trail(sealed: list[Entry], owner: Actor) -> None:
    found = actions.verify_chain(actor=owner)

    entry = queries.entries(action="audit.chain.verified").order_by("-id")[0]
    assert entry.document["details"] == {"checked": found.checked, "broken_at": 0}
    assert entry.actor_id == owner.id


def test_checking_needs_its_permission() -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))
    before = Entry.objects.count()

    with pytest.raises(Forbidden) as refused:
        actions.verify_chain(actor=reader)

    assert refused.value.fields == {"permission": "verify:audit.entries"}
    assert Entry.objects.count() == before
