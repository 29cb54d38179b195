"""Writers in threads: as many as a busy tenant has, or a few in each of many tenants, or some that live through the death of the database."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, InterfaceError, connections

from audit import actions
from bench.audit import making
from bench.audit.making import RowKept
from kernel import clock, tenancy
from kernel.problems import Problem
from kernel.tenancy import TenantRef

PEOPLE = 20
ROLLED_BACK = 0.05
PAUSE_S = 0.02


class RolledBack(Exception):
    """A transaction that its writer gives up."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a writer writes: with or without an entry, how long its transaction goes on after it, how long it rests, what share it gives up."""

    is_audited: bool = True
    tail_s: float = 0.0
    rest_s: float = 0.0
    given_up: float = 0.0


@dataclass(slots=True)
class Writers:
    """Threads that write until they are ended; what each finished transaction wrote, and the moment after its commit (seconds since 1970)."""

    manner: Manner
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    done: list[tuple[str, float]] = field(default_factory=list)
    refused: int = 0

    def start(self, refs: list[TenantRef], *, name: str) -> None:
        """Begin to write, one thread for each tenant of the list."""
        for number, ref in enumerate(refs):
            thread = threading.Thread(target=self._run, args=(ref, f"{name}-{number}"))
            self.threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Stop, after the transaction at hand."""
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self, ref: TenantRef, name: str) -> None:
        chance = random.Random(name)  # noqa: S311 - an order of mishaps, no secret
        try:
            number = 0
            while not self.stop.is_set():
                self._try(ref, name=name, number=number, chance=chance)
                number += 1
                if self.manner.rest_s:
                    self.stop.wait(self.manner.rest_s * (0.5 + chance.random()))
        finally:
            connections.close_all()

    def _try(self, ref: TenantRef, *, name: str, number: int, chance: random.Random) -> None:
        key = f"{name}-{number}"
        try:
            with making.asked(ref):
                self._transaction(name, number=number, is_given_up=chance.random() < self.manner.given_up)
        except RolledBack:
            return
        except (DatabaseError, InterfaceError, Problem):
            # The database is away: nobody knows whether that transaction was committed, so nothing of it is noted.
            self.refused += 1
            connections.close_all()
            time.sleep(PAUSE_S)
            return
        self.done.append((key, clock.now().timestamp()))

    def _transaction(self, name: str, *, number: int, is_given_up: bool) -> None:
        key = f"{name}-{number}"
        with tenancy.atomic():
            making.keep_row(key, after=f"{name}-{number - 1}", of=name)
            if self.manner.is_audited:
                actions.record(RowKept(subject=key, number=number), actor=making.person(number % PEOPLE, ref=tenancy.current()))
            if self.manner.tail_s:
                time.sleep(self.manner.tail_s)
            if is_given_up:
                raise RolledBack


_writers: list[Writers] = []


def start(tenant_ids: list[str], *, name: str, manner: dict[str, Any]) -> dict[str, Any]:
    """Begin to write, one thread for each id; `finish` ends it."""
    writers = Writers(Manner(**manner))
    _writers.append(writers)
    writers.start([making.ref_of(tenant_id) for tenant_id in tenant_ids], name=name)
    return {}


def count() -> dict[str, int]:
    """How many transactions the writers at work have committed."""
    return {"number": len(_writers[-1].done)}


def finish() -> dict[str, Any]:
    """Stop writing: keys and moments of what was committed, and how many transactions the database refused."""
    writers = _writers.pop()
    writers.end()
    return {"done": writers.done, "refused": writers.refused}
