"""The leak suite: more than ten thousand reads over two tenants in every way that is known to read the wrong one, and none wrong.

The numbers of reads are asserted exactly, so a way that silently reads nothing fails too.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.db import connections
from django.db.backends.postgresql import base as postgresql

from identity.models import Role
from kernel import tenancy
from kernel.tasks import enqueue
from kernel.tenancy import NoTenant, Purpose, TenantRef
from kernel.tenancy.backend.base import DatabaseWrapper, TenantCursor
from kernel.tenancy.context import Stand
from tests.tenancy import leak_tasks, reading, worker
from tests.tenancy.reading import READ, READS_PER_WAY, WAYS, Tally

pytestmark = pytest.mark.committed

CELL = "cell-1"
THREADS = 16
POOL_CONNECTIONS = 4
PER_ROUND = len(WAYS) * READS_PER_WAY
THREAD_ROUNDS = 12
POOL_ROUNDS = 6
POOL_CHECKOUTS = 20
RAW_CONNECTIONS = 6
ASYNC_HOPS = 1200
ASYNC_MODELS = 600
TASKS = 300
READS = {
    "threads": THREADS * THREAD_ROUNDS * PER_ROUND,
    "pool": THREADS * POOL_ROUNDS * PER_ROUND,
    "checkout": THREADS * POOL_CHECKOUTS,
    "raw first": THREADS * RAW_CONNECTIONS,
    "async": ASYNC_HOPS + ASYNC_MODELS,
    "tasks": TASKS * READS_PER_WAY,
}


@pytest.fixture(scope="module", autouse=True)
def marks(acme: TenantRef, globex: TenantRef) -> Iterator[None]:
    """Rows that name their tenant."""
    with reading.marked(acme, globex):
        yield


@pytest.fixture
def refs(acme: TenantRef, globex: TenantRef) -> tuple[TenantRef, TenantRef]:
    """The two tenants."""
    return acme, globex


def test_the_suite_makes_at_least_ten_thousand_reads() -> None:
    assert sum(READS.values()) >= 10_000


def test_threads_read_their_own_tenant(refs: tuple[TenantRef, TenantRef]) -> None:
    tally = Tally()

    reading.in_threads(lambda number: reading.wander(refs, tally=tally, rounds=THREAD_ROUNDS, seed=number), threads=THREADS)

    assert tally.reads == READS["threads"]
    assert tally.wrong == []


@pytest.fixture
def pooled() -> Iterator[Callable[[], Any]]:
    """Makes a connection of the calling thread that takes from one pool of four; the pool is closed afterwards."""
    options = {**connections[CELL].settings_dict["OPTIONS"], "pool": {"min_size": POOL_CONNECTIONS, "max_size": POOL_CONNECTIONS}}

    def make() -> Any:
        return reading.wrapper_of(CELL, engine=DatabaseWrapper, CONN_MAX_AGE=0, OPTIONS=options)

    yield make
    make().close_pool()


def test_threads_on_a_pool_read_their_own_tenant(refs: tuple[TenantRef, TenantRef], pooled: Callable[[], Any]) -> None:
    tally = Tally()

    def work(number: int) -> None:
        connections[CELL] = pooled()
        for turn in range(POOL_ROUNDS):
            reading.wander(refs, tally=tally, rounds=1, seed=1000 * number + turn)
            connections[CELL].close()  # gives the connection back, as the end of a request does

    reading.in_threads(work, threads=THREADS)

    assert tally.reads == READS["pool"]
    assert tally.wrong == []


def test_a_connection_taken_from_the_pool_by_hand_reads_the_active_tenant(
    refs: tuple[TenantRef, TenantRef], pooled: Callable[[], Any]
) -> None:
    tally = Tally()

    def work(number: int) -> None:
        wrapper = pooled()
        wrapper.pool.open()
        chance = random.Random(number)  # noqa: S311  (an order, not a secret)
        for _ in range(POOL_CHECKOUTS):
            ref = chance.choice(refs)
            with reading.entered(ref), wrapper.pool.connection() as raw:
                tally.add([(ref.slug, raw.execute(READ).fetchone()[0])], way="checkout")

    reading.in_threads(work, threads=THREADS)

    assert tally.reads == READS["checkout"]
    assert tally.wrong == []


def test_a_connection_of_the_pool_is_refused_outside_any_tenant(
    refs: tuple[TenantRef, TenantRef], pooled: Callable[[], Any]
) -> None:
    wrapper = pooled()
    wrapper.pool.open()
    with reading.entered(refs[0]), wrapper.pool.connection() as raw:
        raw.execute(READ)

    with wrapper.pool.connection() as raw, pytest.raises(NoTenant):
        raw.execute(READ)


def test_a_new_connection_used_raw_reads_the_active_tenant(refs: tuple[TenantRef, TenantRef]) -> None:
    tally = Tally()

    def work(number: int) -> None:
        chance = random.Random(number)  # noqa: S311  (an order, not a secret)
        for _ in range(RAW_CONNECTIONS):
            ref = chance.choice(refs)
            with reading.entered(ref) as connection:
                connection.close()
                connection.connect()
                tally.add([(ref.slug, connection.connection.execute(READ).fetchone()[0])], way="raw first")

    reading.in_threads(work, threads=THREADS)

    assert tally.reads == READS["raw first"]
    assert tally.wrong == []


def test_coroutines_read_their_own_tenant(refs: tuple[TenantRef, TenantRef]) -> None:
    tally = Tally()

    asyncio.run(_read_in_coroutines(refs, tally=tally))

    assert tally.reads == READS["async"]
    assert tally.wrong == []


async def _read_in_coroutines(refs: tuple[TenantRef, TenantRef], *, tally: Tally) -> None:
    """Coroutines that hop between the threads of an executor, and coroutines that use the asynchronous ORM, all at once."""
    threads = 6
    executor = ThreadPoolExecutor(threads)
    asyncio.get_running_loop().set_default_executor(executor)
    places = asyncio.Semaphore(20)

    async def hop(ref: TenantRef) -> None:
        async with places:
            with tenancy.activate(ref, purpose=Purpose.REQUEST):
                label = await sync_to_async(reading.by_model, thread_sensitive=False)()
        tally.add([(ref.slug, label)], way="hop")

    async def ask(ref: TenantRef) -> None:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            role = await Role.objects.aget(name="leak-one")
        tally.add([(ref.slug, role.label)], way="aget")

    chance = random.Random(7)  # noqa: S311  (an order, not a secret)
    work = [hop(chance.choice(refs)) for _ in range(ASYNC_HOPS)] + [ask(chance.choice(refs)) for _ in range(ASYNC_MODELS)]
    chance.shuffle(work)
    await asyncio.gather(*work)
    await sync_to_async(connections.close_all)()
    together = Barrier(threads)

    def close() -> None:
        together.wait()  # one for each thread of the executor
        connections.close_all()

    await asyncio.gather(*(sync_to_async(close, thread_sensitive=False)() for _ in range(threads)))


def test_tasks_in_a_real_worker_read_their_own_tenant(refs: tuple[TenantRef, TenantRef]) -> None:
    tally, answers = Tally(), "tests:leak-answers"
    chance = random.Random(11)  # noqa: S311  (an order, not a secret)
    with redis.Redis.from_url(django_settings.REDIS_URL) as client, worker.running(include=leak_tasks.__name__):
        for _ in range(TASKS):
            ref = chance.choice(refs)
            with tenancy.activate(ref, purpose=Purpose.REQUEST):
                enqueue("tests.leak_read", wanted=ref.slug, answers=answers)
        worker.wait_until(lambda: client.llen(answers) >= READS["tasks"], what="the tasks of the leak suite")
        told: list[Any] = client.lrange(answers, 0, -1)
        client.delete(answers)

    for line in told:
        wanted, seen = line.decode().split(" ")
        tally.add([(wanted, seen)], way="task")
    assert tally.reads == READS["tasks"]
    assert tally.wrong == []


class StickyCursor(TenantCursor):
    """A cursor with the fault that the suite exists for: it enters a tenant and stays there."""

    alias = CELL

    def _wanted(self) -> Stand | None:
        if self.connection.pgconn.parameter_status(b"search_path").startswith(b"t_"):
            return None
        return super()._wanted()


class StickyWrapper(DatabaseWrapper):
    """A backend made of such cursors."""

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": StickyCursor}

    def _configure_connection(self, connection: Any) -> Any:
        connection.cursor_factory = postgresql.Cursor  # type: ignore[attr-defined]  # the stubs leave Django's cursors out
        try:
            return super()._configure_connection(connection)
        finally:
            connection.cursor_factory = StickyCursor


def test_the_suite_sees_a_leak(refs: tuple[TenantRef, TenantRef]) -> None:
    tally = Tally()

    def work(number: int) -> None:
        connections[CELL] = reading.wrapper_of(CELL, engine=StickyWrapper)
        reading.wander(refs, tally=tally, rounds=2, seed=number)

    reading.in_threads(work, threads=4)

    assert tally.reads == 4 * 2 * PER_ROUND
    assert len(tally.wrong) > tally.reads // 10
    assert {"autocommit", "nested", "committed"} <= {way for way, _, _ in tally.wrong}
