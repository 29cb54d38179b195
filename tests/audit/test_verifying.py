"""What a check of the chain finds when somebody with full power over the tables has been at work."""

from collections.abc import Callable, Iterator
from threading import Thread, current_thread
from threading import enumerate as enumerate_threads
from time import monotonic, sleep
from uuid import UUID

import pytest
from django.db import connections
from psycopg.pq.abc import PGresult

from audit import actions, queries
from audit.chain import leaf_of
from audit.models import Entry, Seal
from audit.permissions import Permission
from audit.sealing import mac_of
from audit.verifying import Answer, Check, reading, verify
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.audit.tampering import faults, place_of, tampering


def test_an_untouched_chain_holds(sealed: list[Entry]) -> None:
    found = queries.verify()

    assert (found.ok, found.broken_at, found.reason) == (True, 0, "")
    assert found.checked == Seal.objects.count() >= 5


def test_an_empty_chain_holds(acme: TenantRef) -> None:
    with tampering() as execute:
        execute("INSERT INTO audit_seal VALUES (0, gen_random_uuid(), '', '', now())")
        execute("DELETE FROM audit_seal WHERE seq >= 0")
        connections["cell-1"].cursor().execute("DELETE FROM audit_head")

    found = queries.verify()
    assert (found.size, faults(found).get(Check.CHAIN)) == (0, None)


def test_an_altered_text_is_found(sealed: list[Entry]) -> None:
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'thing_2', 'thing_7') WHERE id = %s", sealed[2].pk)

    found = queries.verify()
    assert (found.answer, found.broken_at) == (Answer.TAMPERED, place_of(sealed[2]))
    assert (found.reason, found.faults[0].entry) == (f"the text of entry {sealed[2].public_id} was altered", sealed[2].public_id)
    assert set(faults(found)) >= {Check.TEXT, Check.CHAIN}


def test_an_altered_text_is_found_even_by_who_has_the_key_of_the_mac(sealed: list[Entry]) -> None:
    text = sealed[2].canonical.replace("thing_2", "thing_7")
    with tampering() as execute:
        execute(
            "UPDATE audit_entry SET canonical = %s, mac = %s, subject = 'thing_7' WHERE id = %s", text, mac_of(text), sealed[2].pk
        )

    found = queries.verify()
    assert found.reason == f"the leaf of seal {place_of(sealed[2])} does not match its entry"
    assert (found.faults[0].expected, found.faults[0].found) == (leaf_of(text).hex(), leaf_of(sealed[2].canonical).hex())


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
    assert found.broken_at == place_of(sealed[3])
    assert found.reason == f"the columns of entry {sealed[3].public_id} do not say what its text says"


def test_a_removed_entry_is_found(sealed: list[Entry]) -> None:
    place = place_of(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", sealed[1].pk)

    found = queries.verify()
    assert (found.broken_at, found.reason) == (place, f"the entry of seal {place} is missing")


def test_a_removed_entry_is_found_when_its_seal_went_with_it(sealed: list[Entry]) -> None:
    place = place_of(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_entry WHERE id = %s", sealed[1].pk)
        execute("DELETE FROM audit_seal WHERE entry_id = %s", sealed[1].pk)

    found = queries.verify()
    assert (found.broken_at, found.reason) == (place, f"seal {place} is missing")


def test_a_gap_that_was_closed_is_found(sealed: list[Entry]) -> None:
    place = place_of(sealed[1])
    with tampering() as execute:
        execute("DELETE FROM audit_seal WHERE seq = %s", place)
        execute("UPDATE audit_seal SET seq = -seq WHERE seq > %s", place)
        execute("UPDATE audit_seal SET seq = -seq - 1 WHERE seq < 0")

    assert faults(queries.verify())[Check.CHAIN] == f"seal {place} is not linked to the one before it"


def test_entries_that_changed_places_are_found(sealed: list[Entry]) -> None:
    first, second = place_of(sealed[1]), place_of(sealed[2])
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
    place = place_of(sealed[3])
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

    found = queries.verify()
    assert (found.broken_at, found.reason) == (1, "there are seals outside the chain")


@pytest.mark.parametrize("place", [0, -7, 10**9])
def test_a_seal_outside_the_chain_is_found(sealed: list[Entry], place: int) -> None:
    with tampering() as execute:
        execute("INSERT INTO audit_seal VALUES (%s, gen_random_uuid(), '', '', now())", place)

    assert faults(queries.verify())[Check.CHAIN] == "there are seals outside the chain"


@pytest.fixture(scope="module")
def living(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("living") as ref:
        yield ref


@pytest.mark.committed
def test_what_is_sealed_during_a_check_is_no_fault(living: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    find, sealed_meanwhile = reading.sealed, []

    def record_and_seal() -> None:
        try:
            with tenancy.activate(living, purpose=Purpose.REQUEST):
                happen(actor=makers.OPERATOR)
            sealed_meanwhile.append(seal(living))
        finally:
            connections.close_all()

    def find_while_others_work(first: int, last: int) -> PGresult:
        if not sealed_meanwhile:
            thread = Thread(target=record_and_seal)
            thread.start()
            thread.join()
        return find(first, last)

    seal(living)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        before = queries.chain().sealed
        monkeypatch.setattr(reading, "sealed", find_while_others_work)

        found = queries.verify()

        assert (found.ok, found.size, sealed_meanwhile) == (True, before, [1])
        assert queries.verify().size == before + 1


@pytest.mark.committed
def test_blocks_that_are_read_ahead_are_checked_in_order_and_leave_no_connection_behind(
    living: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: set[str] = set()
    read = reading.sealed

    def noted(first: int, last: int) -> PGresult:
        readers.add(current_thread().name)
        return read(first, last)

    monkeypatch.setattr(reading, "BLOCK", 2)
    monkeypatch.setattr(reading, "sealed", noted)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        entries = [happen(actor=makers.OPERATOR, number=number) for number in range(9)]
    seal(living)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        places = dict(Seal.objects.values_list("entry_id", "seq"))
        before, told = _sessions(), list[int]()
        sound = verify(on_progress=lambda done, _: told.append(done))
        with tampering() as execute:
            for place in (6, 2):
                execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", entries[place])
        tampered = verify()
        with tampering() as execute:
            for place in (6, 2):
                execute("UPDATE audit_entry SET canonical = rtrim(canonical) WHERE id = %s", entries[place])

        assert (sound.answer, sound.checked, told[-1], told) == (Answer.SOUND, len(places), len(places), sorted(told))
        assert tampered.broken_at == places[entries[2]]
        assert verify().root == sound.root
        assert {name.partition("_")[0] for name in readers} == {"audit-verify"}
        _until(lambda: _sessions() == before)


@pytest.mark.committed
def test_a_check_that_is_broken_off_leaves_no_reader_behind(living: TenantRef, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "BLOCK", 1)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        for number in range(3):
            happen(actor=makers.OPERATOR, number=number)
    seal(living)
    with tenancy.activate(living, purpose=Purpose.REQUEST):
        before = _sessions()

        with pytest.raises(KeyboardInterrupt):
            verify(on_progress=stop)

        _until(lambda: _sessions() == before)
        assert not [thread for thread in enumerate_threads() if thread.name.startswith("audit-verify")]


def _sessions() -> int:
    """Connections to the database of acme's cell, this one among them."""
    with connections["cell-1"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _until(is_so: Callable[[], bool]) -> None:
    """The server takes a moment to end a session."""
    end = monotonic() + 30
    while not is_so():
        assert monotonic() < end
        sleep(0.02)


def test_an_entry_put_in_without_the_key_is_found(acme: TenantRef, sealed: list[Entry]) -> None:
    columns = (
        "received_at, action, outcome, actor_kind, actor_id, actor_label, subject, subject_label, request_id, address, canonical"
    )
    with connections["cell-1"].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_entry (id, {columns}, mac) SELECT %s, {columns}, decode(repeat('00', 32), 'hex') FROM audit_entry WHERE id = %s",
            [ids.new_id(), sealed[0].pk],
        )
    assert faults(queries.verify()).keys() == {Check.TEXT}

    seal(acme)

    assert queries.verify().reason.endswith("was altered")


def test_an_entry_altered_while_it_waits_is_found_before_and_after_its_seal(acme: TenantRef, owner: Actor) -> None:
    identifier: UUID = happen(actor=owner)
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'thing_1', 'thing_7') WHERE id = %s", identifier)
    waiting = queries.verify()
    seal(acme)

    assert waiting.reason == f"the text of entry {ids.show('ent', identifier)} was altered"
    assert queries.verify().reason == f"the text of entry {ids.show('ent', identifier)} was altered"


def test_a_chain_longer_than_a_batch_is_checked_to_its_end(
    acme: TenantRef, sealed: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 2)
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[4].pk)
    told: list[tuple[int, int]] = []

    found = verify(on_progress=lambda done, of: told.append((done, of)))

    assert (found.broken_at, found.size) == (place_of(sealed[4]), Seal.objects.count())
    assert told[-1] == (found.size, found.size)
    assert told == sorted(told)


def test_who_has_a_chain_checked_stands_in_the_trail(sealed: list[Entry], owner: Actor) -> None:
    found = actions.verify_chain(actor=owner)

    entry = queries.entries(action="audit.chain.verified").order_by("-id")[0]
    assert entry.document["details"] == {
        "checked": found.checked, "broken_at": 0, "size": found.size, "epoch": 1, "root": found.root, "chain": found.chain, "rests_on": "",
    }  # fmt: skip
    assert entry.actor_id == owner.id


def test_checking_needs_its_permission() -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))
    before = Entry.objects.count()

    with pytest.raises(Forbidden) as refused:
        actions.verify_chain(actor=reader)

    assert refused.value.fields == {"permission": "verify:audit.entries"}
    assert Entry.objects.count() == before
