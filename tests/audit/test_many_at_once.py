"""Many who write at once: nobody waits for anybody, whoever commits late is not passed over, and a clock that jumps breaks nothing."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections

from audit import following, queries
from audit.following import Sealed
from audit.models import Entry, QueuedEntry, Seal
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations.models import KeptAnswer
from tests import makers
from tests.audit import travelling
from tests.audit.conftest import happen, seal

WRITERS, EACH = 8, 12
WAIT_MS = 5000
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def crowded(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("crowded") as ref:
        yield ref


def _row(key: str) -> None:
    KeptAnswer.objects.create(actor_id="crowd", key=key, fingerprint=b"-" * 32, body="", created_at=clock.now())


def _lock(key: str) -> None:
    """Lock a row, and be refused when somebody holds it for long."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {WAIT_MS}")
    KeptAnswer.objects.select_for_update().get(actor_id="crowd", key=key)


@pytest.mark.committed
def test_whoever_records_first_and_locks_later_waits_for_nobody_who_does_it_the_other_way_round(crowded: TenantRef) -> None:
    """A chain that is linked inside the transaction deadlocks here: one holds the trail and wants the row, the other the reverse."""
    with tenancy.activate(crowded, purpose=Purpose.REQUEST):
        _row("contested")
    recorded, locked = threading.Event(), threading.Event()

    def records_then_locks() -> UUID:
        with tenancy.activate(crowded, purpose=Purpose.REQUEST), tenancy.atomic():
            entry_id = happen(actor=makers.OPERATOR, subject="first")
            recorded.set()
            assert locked.wait(60)
            _lock("contested")
        connections.close_all()
        return entry_id

    def locks_then_records() -> UUID:
        with tenancy.activate(crowded, purpose=Purpose.REQUEST), tenancy.atomic():
            _lock("contested")
            assert recorded.wait(60)
            locked.set()
            entry_id = happen(actor=makers.OPERATOR, subject="second")
        connections.close_all()
        return entry_id

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(work) for work in (records_then_locks, locks_then_records)]
    made = {future.result() for future in both}
    seal(crowded)

    with tenancy.activate(crowded, purpose=Purpose.REQUEST):
        assert set(Seal.objects.filter(entry_id__in=made).values_list("entry_id", flat=True)) == made
        assert queries.verify().ok


class Crowd:
    """Writers that commit after random rests, one that commits last although it began first, and somebody who seals and follows meanwhile."""

    def __init__(self, ref: TenantRef) -> None:
        self.ref = ref
        self.read: list[tuple[int, UUID]] = []
        self.made: list[UUID] = []
        self.has_begun, self.is_over = threading.Event(), threading.Event()

    def write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - an order of rests, no secret
        assert self.has_begun.wait(PATIENCE_S)
        for _ in range(EACH):
            with tenancy.activate(self.ref, purpose=Purpose.REQUEST), tenancy.atomic():
                self.made.append(happen(actor=makers.OPERATOR, number=number))
                time.sleep(chance.random() * 0.05)
        connections.close_all()

    def write_early_and_commit_late(self, others: list["Future[None]"]) -> None:
        with tenancy.activate(self.ref, purpose=Purpose.REQUEST), tenancy.atomic():
            self.made.append(happen(actor=makers.OPERATOR, subject="late"))
            self.has_begun.set()
            wait(others)
            deadline = time.monotonic() + PATIENCE_S
            while len(self.read) < WRITERS * EACH:
                assert time.monotonic() < deadline, "the others' entries are not followed"
                time.sleep(0.01)
        connections.close_all()

    def seal_and_follow(self) -> None:
        while not self.is_over.is_set():
            seal(self.ref)
            self.follow()
        connections.close_all()

    def follow(self) -> int:
        with tenancy.activate(self.ref, purpose=Purpose.JOB):
            return following.advance("crowd", self._note, batch=7)

    def _note(self, entries: list[Sealed]) -> None:
        self.read.extend((entry.seq, entry.entry_id) for entry in entries)


@pytest.mark.committed
def test_who_follows_the_log_misses_no_entry_that_commits_late(crowded: TenantRef) -> None:
    seal(crowded)
    with tenancy.activate(crowded, purpose=Purpose.JOB):
        following.place("crowd", seq=following.log_size())
    crowd, others = Crowd(crowded), list[Future[None]]()

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        follower = pool.submit(crowd.seal_and_follow)
        late = pool.submit(crowd.write_early_and_commit_late, others)
        others += [pool.submit(crowd.write, number) for number in range(WRITERS)]
        wait([*others, late])
        crowd.is_over.set()
        for future in (*others, late, follower):
            future.result()
    seal(crowded)
    while crowd.follow():
        pass

    followed = [entry_id for _, entry_id in crowd.read]
    assert sorted(followed) == sorted(crowd.made)
    assert [seq for seq, _ in crowd.read] == list(range(crowd.read[0][0], crowd.read[0][0] + WRITERS * EACH + 1))
    assert followed[-1] < max(followed), "what is read last is older than what was read before it"


@pytest.mark.committed
def test_a_transaction_that_stays_open_elsewhere_holds_up_no_seal(crowded: TenantRef) -> None:
    """A sealer that waits until all older transactions are over would wait for those of other databases, and of other tenants, too."""
    seal(crowded)
    with makers.superuser("default") as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        with tenancy.activate(crowded, purpose=Purpose.REQUEST):
            entry_id = happen(actor=makers.OPERATOR)
        sealed = seal(crowded)

        with tenancy.activate(crowded, purpose=Purpose.REQUEST):
            assert sealed == 1
            assert Seal.objects.filter(entry_id=entry_id).exists()


def test_a_clock_that_jumps_back_breaks_no_log(acme: TenantRef, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    travel = travelling.begin(monkeypatch)
    now = travel.moment
    made = []
    for moment in (now, now - timedelta(days=70), now + timedelta(hours=1), now - timedelta(minutes=5)):
        travel.to(moment)
        made.append(happen(actor=owner))
        seal(acme)

    places = dict(Seal.objects.filter(entry_id__in=made).values_list("entry_id", "seq"))
    first = places[made[0]]
    assert [places[entry_id] for entry_id in made] == [first, first + 1, first + 2, first + 3]
    received = [Entry.objects.get(pk=entry_id).received_at for entry_id in made]
    assert [abs(there - said) < timedelta(seconds=1) for there, said in zip(received, (now, now - timedelta(days=70), now + timedelta(hours=1), now - timedelta(minutes=5)), strict=True)] == [True] * 4  # fmt: skip
    assert QueuedEntry.objects.count() == 0
    assert queries.verify().ok
