"""A check that two processes share says what one process says, of a sound log and of every log that somebody was at, and survives the loss of one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil
import pytest
from django.db import connections
from psycopg.pq.abc import PGresult

from audit import actions
from audit.chain import leaf_of
from audit.merkle import Frontier, root_of
from audit.models import Seal
from audit.verifying import Answer, Verification, looking, reading, sharing, verify
from audit.verifying.findings import Findings
from audit.verifying.removing import Removals
from audit.verifying.rows import Checker
from audit.verifying.walking import Walk
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import Happened, happen, seal
from tests.audit.tampering import tampering
from tests.audit.test_verifying_rest import append_of_the_first_version

pytestmark = pytest.mark.committed

BLOCK = 4
ENTRIES = 26
LANES = ("alone", "shared", "second")
CELL = "cell-1"
TABLES = ("audit_entry", "audit_seal", "audit_head", "audit_personkey", "audit_queuedentry", "audit_tile")
AT = "id = (SELECT entry_id FROM audit_seal WHERE seq = {})"
ZEROS = "decode(repeat('00', 32), 'hex')"
ANEW = f"""
WITH RECURSIVE anew(seq, chain) AS (
    SELECT seq, {ZEROS} FROM audit_seal WHERE seq = 9
    UNION ALL SELECT s.seq, sha256(a.chain || s.leaf) FROM anew a JOIN audit_seal s ON s.seq = a.seq + 1
)
UPDATE audit_seal s SET chain = a.chain FROM anew a WHERE a.seq = s.seq
"""
ATTACKS = {
    "nothing": [],
    "the text of the first in a block": [f"UPDATE audit_entry SET canonical = canonical || ' ' WHERE {AT.format(9)}"],
    "the text of the last in a block": [f"UPDATE audit_entry SET canonical = canonical || ' ' WHERE {AT.format(12)}"],
    "two texts": [f"UPDATE audit_entry SET canonical = canonical || ' ' WHERE {AT.format(place)}" for place in (19, 6)],
    "a text that is none": [f"UPDATE audit_entry SET canonical = '' WHERE {AT.format(10)}"],
    "a column of the first in a block": [f"UPDATE audit_entry SET actor_label = 'Eve' WHERE {AT.format(9)}"],
    "a column of the last in a block": [f"UPDATE audit_entry SET severity = severity + 1 WHERE {AT.format(12)}"],
    "a moment": [f"UPDATE audit_entry SET received_at = received_at + interval '1 microsecond' WHERE {AT.format(11)}"],
    "a moment without end": [f"UPDATE audit_entry SET received_at = 'infinity' WHERE {AT.format(11)}"],
    "a column with a separator": [f"UPDATE audit_entry SET action = action || E'\\x1f' WHERE {AT.format(10)}"],
    "a column of the first version": [f"UPDATE audit_entry SET actor_label = '' WHERE {AT.format(3)}"],
    "the leaf of the first in a block": [f"UPDATE audit_seal SET leaf = {ZEROS} WHERE seq = 9"],
    "the leaf of the last in a block": [f"UPDATE audit_seal SET leaf = {ZEROS} WHERE seq = 12"],
    "the link of the first in a block": [f"UPDATE audit_seal SET chain = {ZEROS} WHERE seq = 9"],
    "the link within a block": [f"UPDATE audit_seal SET chain = {ZEROS} WHERE seq = 10"],
    "the link of the last in a block": [f"UPDATE audit_seal SET chain = {ZEROS} WHERE seq = 12"],
    "all links from a block on, made anew": [ANEW],
    "the first link": [f"UPDATE audit_seal SET chain = {ZEROS} WHERE seq = 1"],
    "no seal at the end of a block": ["DELETE FROM audit_seal WHERE seq = 8"],
    "no seal at the begin of a block": ["DELETE FROM audit_seal WHERE seq = 9"],
    "no seal for a whole block": ["DELETE FROM audit_seal WHERE seq BETWEEN 9 AND 12"],
    "no seal from a block on": ["DELETE FROM audit_seal WHERE seq > 12"],
    "no entry at the end of a block": [f"DELETE FROM audit_entry WHERE {AT.format(12)}"],
    "entries that changed places over a border": [
        "UPDATE audit_seal SET entry_id = gen_random_uuid() WHERE seq IN (8, 9)",
        "UPDATE audit_seal s SET entry_id = (SELECT entry_id FROM kept_audit_seal WHERE seq = 17 - s.seq) WHERE s.seq IN (8, 9)",
    ],
    "a frontier": ["UPDATE audit_head SET frontier = substr(frontier, 33) || substr(frontier, 1, 32)"],
    "a head that is too short": ["UPDATE audit_head SET size = size - 3"],
    "keys that are gone": ["DELETE FROM audit_personkey"],
    "keys that were destroyed before the columns": ["UPDATE audit_personkey SET sealed = ''"],
}


@pytest.fixture(scope="module")
def logged(installation: None) -> Iterator[TenantRef]:
    """A tenant whose log has 26 entries or more, of both versions, of several persons, and checkpoints within blocks and at their ends."""
    with makers.passing_tenant("logged") as ref:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            people = [makers.person_actor() for _ in range(3)]
            for number in range(ENTRIES):
                if number == 1:
                    fresh = actions.prepare(Happened(subject="thing_1"), actor=people[0])
                    append_of_the_first_version(fresh, actor_id="usr_of_old", label="old@acme.example")
                happen(actor=people[number % 3], subject=f"thing_{number}", number=number)
                if number in {5, 10, 11, 20}:
                    _seal_and_sign(ref)
            _seal_and_sign(ref)
        yield ref


def _seal_and_sign(ref: TenantRef) -> None:
    seal(ref)
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        actions.sign_log()


@contextmanager
def _attacked(statements: list[str]) -> Iterator[None]:
    """The log of the active tenant as somebody left it who executed these; as it was before at the end."""
    with tampering(), connections[CELL].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    try:
        with tampering() as execute:
            for statement in statements:
                execute(statement)
        yield
    finally:
        with tampering(), connections[CELL].cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DELETE FROM {table}")
                cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
                cursor.execute(f"DROP TABLE kept_{table}")


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Who looks at the blocks from now on: "alone" and "closely" this process, "shared" whoever is free, "second" the other one, all of them."""
    monkeypatch.setattr(reading, "BLOCK", BLOCK)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    look = looking.look

    def chosen(lane: str) -> None:
        monkeypatch.setattr(sharing, "WORTH_IT", 1 if lane in {"shared", "second"} else 10**9)
        monkeypatch.setattr(sharing, "GIVEN", 1 if lane == "second" else 2)
        monkeypatch.setattr(sharing, "AHEAD", -1 if lane == "second" else 3)
        monkeypatch.setattr(looking, "look", _nothing_at_a_glance if lane == "closely" else look)

    return chosen


def _nothing_at_a_glance(*_rows: object, **_how: object) -> None:
    """Every block is looked at row by row."""


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The blocks that this process reads."""
    read, found = reading.sealed, list[tuple[int, int]]()

    def noted(first: int, last: int) -> PGresult:
        found.append((first, last))
        return read(first, last)

    monkeypatch.setattr(reading, "sealed", noted)
    return found


def _checked() -> tuple[Verification, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    found = verify(on_progress=lambda done, of: told.append((done, of)))
    return found, told


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_result_is_the_same_whoever_looks(logged: TenantRef, choose: Callable[[str], None], attack: str) -> None:
    results = {}
    with tenancy.activate(logged, purpose=Purpose.REQUEST), _attacked(ATTACKS[attack]):
        for lane in ("closely", *LANES):
            choose(lane)
            results[lane] = _checked()

    closely = results["closely"]
    for lane in LANES:
        assert results[lane] == closely, lane
    assert closely[0].ok is (attack == "nothing")
    assert closely[1][-1][0] == closely[1][-1][1]


def test_all_blocks_of_a_sound_log_may_be_left_to_the_second_process(
    logged: TenantRef, choose: Callable[[str], None], ours: list[tuple[int, int]]
) -> None:
    choose("second")
    with tenancy.activate(logged, purpose=Purpose.REQUEST):
        found, told = _checked()

        assert (found.answer, found.size, found.faults) == (Answer.SOUND, Seal.objects.count(), ())
    assert (ours, len(told)) == ([], -(-found.size // BLOCK))


def test_only_what_is_amiss_is_looked_at_again(
    logged: TenantRef, choose: Callable[[str], None], ours: list[tuple[int, int]]
) -> None:
    choose("second")
    with tenancy.activate(logged, purpose=Purpose.REQUEST), _attacked(ATTACKS["a column of the first in a block"]):
        found, _ = _checked()

    assert (found.broken_at, ours) == (9, [(9, 12)])


def test_the_connections_of_the_first_process_are_left_alone(logged: TenantRef, choose: Callable[[str], None]) -> None:
    choose("second")
    with tenancy.activate(logged, purpose=Purpose.REQUEST):
        before, sessions = _session(), _sessions()

        _checked()

        assert _session() == before
        _until(lambda: _sessions() == sessions)
    assert _forks() == 0


@pytest.mark.parametrize("lane", ["shared", "second"])
@pytest.mark.parametrize("fate", ["killed", "stopped", "raising"])
def test_the_loss_of_the_second_process_costs_nothing_but_time(
    logged: TenantRef, choose: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, lane: str, fate: str
) -> None:
    here, read = os.getpid(), reading.sealed

    def lost(first: int, last: int) -> PGresult:
        if os.getpid() != here and first > BLOCK:
            _meet(fate)
        return read(first, last)

    with tenancy.activate(logged, purpose=Purpose.REQUEST), _attacked(ATTACKS["two texts"]):
        choose("alone")
        alone = _checked()
        choose(lane)
        monkeypatch.setattr(sharing, "PATIENCE_S", 0.5)
        monkeypatch.setattr(reading, "sealed", lost)

        found = _checked()

    assert (found, alone[0].broken_at) == (alone, 6)
    assert _forks() == 0


def _meet(fate: str) -> None:
    if fate == "raising":
        raise RuntimeError("lost")
    os.kill(os.getpid(), signal.SIGKILL if fate == "killed" else signal.SIGSTOP)


def test_a_second_process_that_nobody_waits_for_ends_itself(
    logged: TenantRef, choose: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hang in a lock that a thread of the first one held, and the first one may be gone."""
    here, read = os.getpid(), reading.sealed

    def hanging(first: int, last: int) -> PGresult:
        if os.getpid() != here:
            time.sleep(3600)
        return read(first, last)

    monkeypatch.setattr(reading, "sealed", hanging)
    monkeypatch.setattr(sharing, "PATIENCE_S", 0.2)
    with tenancy.activate(logged, purpose=Purpose.REQUEST):
        second = sharing._begun([(1, BLOCK)], look=_nothing_at_a_glance)
        second.line.send(0)

        _, status = os.waitpid(second.pid, 0)

    second.line.close()
    assert os.waitstatus_to_exitcode(status) == -signal.SIGALRM


def test_a_check_that_is_broken_off_ends_the_second_process(logged: TenantRef, choose: Callable[[str], None]) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    choose("shared")
    with tenancy.activate(logged, purpose=Purpose.REQUEST), pytest.raises(KeyboardInterrupt):
        verify(on_progress=stop)

    assert _forks() == 0


def test_nobody_forks_in_a_transaction_whose_changes_others_do_not_see(
    logged: TenantRef, choose: Callable[[str], None], ours: list[tuple[int, int]]
) -> None:
    choose("second")
    with tenancy.activate(logged, purpose=Purpose.REQUEST), tenancy.atomic():
        found, told = _checked()

    assert (found.answer, len(ours)) == (Answer.SOUND, len(told))


def test_nobody_forks_beside_threads_that_work(
    logged: TenantRef, choose: Callable[[str], None], ours: list[tuple[int, int]]
) -> None:
    choose("second")
    done = Event()
    worker = Thread(target=done.wait)
    worker.start()
    try:
        with tenancy.activate(logged, purpose=Purpose.REQUEST):
            found, told = _checked()
    finally:
        done.set()
        worker.join()

    assert (found.answer, len(ours)) == (Answer.SOUND, len(told))


def test_a_quick_check_may_begin_within_a_block(logged: TenantRef, choose: Callable[[str], None]) -> None:
    with tenancy.activate(logged, purpose=Purpose.REQUEST):
        size = Seal.objects.count()
        choose("alone")

        cut = {first: reading.spans(first, size) for first in (1, 3, 5, size, size + 1)}

    assert cut[3] == [(3, 4), *cut[5]]
    assert cut[1] == [(1, 4), *cut[5]]
    assert (cut[size], cut[size + 1]) == ([(size, size)], [])


@pytest.mark.parametrize("width", [64, 256, 512])
def test_parts_grow_the_tree_that_their_leaves_would(width: int) -> None:
    leaves = [leaf_of(str(number)) for number in range(3 * width - 5)]
    walk = Walk(Findings(), Removals(), Checker(), wanted=(), _stops=[width + 3, width, 1])
    whole, wanted = Frontier(), frozenset({1, width, width + 3})
    complete = whole.extend(leaves)

    for start in range(0, len(leaves), width):
        some = leaves[start : start + width]
        rows = [(start + place, b"", leaf, b"") for place, leaf in enumerate(some, 1)]
        walk._join(looking._part(rows, some, first=start + 1, wanted=wanted))

    assert (walk.reached, bytes(walk.frontier)) == (len(leaves), bytes(whole))
    assert sorted(walk.complete) == sorted(complete)
    assert walk.roots == {size: root_of(leaves[:size]) for size in wanted}


def _forks() -> int:
    """Children of this process that run nothing else, those that nobody waited for among them."""
    children = psutil.Process().children()
    return sum(child.status() == psutil.STATUS_ZOMBIE or child.cmdline() == psutil.Process().cmdline() for child in children)


def _session() -> int:
    with connections[CELL].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _sessions() -> int:
    with connections[CELL].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
