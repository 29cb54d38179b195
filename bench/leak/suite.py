"""The ways of `reading` in threads, on a pool, in coroutines and in a real worker; the tests run it and the benchmark does.

Every part makes a number of reads that is known beforehand, so that one that silently reads nothing is seen.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

from bench.leak import reading, tasks, worker
from bench.leak.reading import READ, READS_PER_WAY, WAYS, Tally
from identity.models import Role
from kernel import tenancy
from kernel.tasks import enqueue
from kernel.tenancy import Purpose, TenantRef
from kernel.tenancy.backend import shelf
from kernel.tenancy.backend.base import DatabaseWrapper

Refs = tuple[TenantRef, TenantRef]

PER_ROUND = len(WAYS) * READS_PER_WAY
EXECUTOR_THREADS = 6
COROUTINES_AT_ONCE = 20
ANSWERS = "bench:leak-answers"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each part is done."""

    threads: int = 16
    thread_rounds: int = 12
    pool_connections: int = 4
    pool_rounds: int = 6
    shelf_rounds: int = 6
    checkouts: int = 20
    raw_connections: int = 6
    hops: int = 1200
    asked: int = 600
    tasks: int = 300

    def reads(self) -> dict[str, int]:
        """The reads of each part."""
        return {
            "threads": self.threads * self.thread_rounds * PER_ROUND,
            "pool": self.threads * self.pool_rounds * PER_ROUND,
            "shelf": self.threads * self.shelf_rounds * PER_ROUND,
            "checkout": self.threads * self.checkouts,
            "raw first": self.threads * self.raw_connections,
            "coroutines": self.hops + self.asked,
            "tasks": self.tasks * READS_PER_WAY,
        }


def in_threads(refs: Refs, *, size: Size) -> Tally:
    """All ways in threads that start together, each with its own connection."""
    tally = Tally()
    reading.in_threads(
        lambda number: reading.wander(refs, tally=tally, rounds=size.thread_rounds, seed=number), threads=size.threads
    )
    return tally


def on_a_pool(refs: Refs, *, size: Size) -> Tally:
    """All ways in threads that share fewer connections, given back after each round as at the end of a request."""
    tally = Tally()

    def work(number: int) -> None:
        connections[refs[0].cell] = make()
        for turn in range(size.pool_rounds):
            reading.wander(refs, tally=tally, rounds=1, seed=1000 * number + turn)
            connections[refs[0].cell].close()

    with pooled(refs[0].cell, size=size) as make:
        reading.in_threads(work, threads=size.threads)
    return tally


def on_a_shelf(refs: Refs, *, size: Size) -> Tally:
    """All ways in threads whose connections are full at once, so that after each round another thread may get them."""
    tally = Tally()

    def work(number: int) -> None:
        for turn in range(size.shelf_rounds):
            reading.wander(refs, tally=tally, rounds=1, seed=1000 * number + turn)
            connections[refs[0].cell].close_if_unusable_or_obsolete()

    shelf.open_here()
    with override_settings(TENANTS_PER_CONNECTION=len(refs), SHELVED_CONNECTIONS=size.threads // 2):
        reading.in_threads(work, threads=size.threads)
        shelf.clear(refs[0].cell)
    return tally


def checked_out(refs: Refs, *, size: Size) -> Tally:
    """Connections taken from the pool by hand, past Django."""
    tally = Tally()

    def work(number: int) -> None:
        wrapper = make()
        wrapper.pool.open()
        chance = random.Random(number)  # noqa: S311  (an order, not a secret)
        for _ in range(size.checkouts):
            ref = chance.choice(refs)
            with reading.entered(ref), wrapper.pool.connection() as raw:
                tally.add([(ref.slug, raw.execute(READ).fetchone()[0])], way="checkout")

    with pooled(refs[0].cell, size=size) as make:
        reading.in_threads(work, threads=size.threads)
    return tally


def raw_first(refs: Refs, *, size: Size) -> Tally:
    """New connections, used raw before Django has made any cursor."""
    tally = Tally()

    def work(number: int) -> None:
        chance = random.Random(number)  # noqa: S311  (an order, not a secret)
        for _ in range(size.raw_connections):
            ref = chance.choice(refs)
            with reading.entered(ref) as connection:
                connection.close()
                connection.connect()
                tally.add([(ref.slug, connection.connection.execute(READ).fetchone()[0])], way="raw first")

    reading.in_threads(work, threads=size.threads)
    return tally


def in_coroutines(refs: Refs, *, size: Size) -> Tally:
    """Coroutines that hop between the threads of an executor, and coroutines that use the asynchronous ORM, all at once."""
    tally = Tally()
    asyncio.run(_read_in_coroutines(refs, tally=tally, size=size))
    return tally


def in_tasks(refs: Refs, *, size: Size) -> Tally:
    """Tasks in a real worker of two processes, which enter the tenant that their message names."""
    tally, wanted = Tally(), size.tasks * READS_PER_WAY
    chance = random.Random(11)  # noqa: S311  (an order, not a secret)
    with redis.Redis.from_url(settings.REDIS_URL) as client, worker.running(include=tasks.__name__):
        for _ in range(size.tasks):
            ref = chance.choice(refs)
            with tenancy.activate(ref, purpose=Purpose.REQUEST):
                enqueue("bench.leak_read", wanted=ref.slug, answers=ANSWERS)
        worker.wait_until(lambda: client.llen(ANSWERS) >= wanted, what="the tasks of the leak suite")
        told: list[Any] = client.lrange(ANSWERS, 0, -1)
        client.delete(ANSWERS)
    for line in told:
        slug, seen = line.decode().split(" ")
        tally.add([(slug, seen)], way="task")
    return tally


PARTS: dict[str, Callable[..., Tally]] = {
    "threads": in_threads,
    "pool": on_a_pool,
    "shelf": on_a_shelf,
    "checkout": checked_out,
    "raw first": raw_first,
    "coroutines": in_coroutines,
    "tasks": in_tasks,
}


@contextmanager
def pooled(alias: str, *, size: Size) -> Iterator[Callable[[], Any]]:
    """What makes a connection of the calling thread that takes from one pool; the pool is closed afterwards."""
    limits = {"min_size": size.pool_connections, "max_size": size.pool_connections}
    options = {**connections[alias].settings_dict["OPTIONS"], "pool": limits}

    def make() -> Any:
        return reading.wrapper_of(alias, engine=DatabaseWrapper, CONN_MAX_AGE=0, OPTIONS=options)

    yield make
    make().close_pool()


async def _read_in_coroutines(refs: Refs, *, tally: Tally, size: Size) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(EXECUTOR_THREADS))
    places = asyncio.Semaphore(COROUTINES_AT_ONCE)

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
    work = [hop(chance.choice(refs)) for _ in range(size.hops)] + [ask(chance.choice(refs)) for _ in range(size.asked)]
    chance.shuffle(work)
    await asyncio.gather(*work)
    await _close_everywhere()


async def _close_everywhere() -> None:
    """Close the connections of the thread of the asynchronous ORM, and of each thread of the executor."""
    await sync_to_async(connections.close_all)()
    together = Barrier(EXECUTOR_THREADS)

    def close() -> None:
        together.wait()
        connections.close_all()

    await asyncio.gather(*(sync_to_async(close, thread_sensitive=False)() for _ in range(EXECUTOR_THREADS)))
