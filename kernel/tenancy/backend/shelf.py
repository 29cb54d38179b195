"""Full connections of a web process, kept for the tenants that they have served.

A connection is full after 64 tenants (`recycling`). To close it is to throw away what PostgreSQL has read of their tables, and with a thousand
busy tenants nearly each request would be the first of its tenant again. So it is put on a shelf, which the threads of the process share, and the
next request of one of its tenants borrows it (ADR 22). Nothing of this decides whose data is read: each statement still finds out by itself where
the connection stands. Other processes close what is full: a worker meets many tenants in turn and few of them twice.
"""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from psycopg import pq

from kernel.tenancy.backend import recycling

IDLE_S = 900.0
OUTGROWN = 2
"""Times as many tenants as make a connection full: what a borrower may leave behind that went on to other tenants."""


@dataclass(slots=True)
class _Kept:
    """A raw connection, the entry of DATABASES that opened it, when it was last used (monotonic clock), and whether a thread has it."""

    raw: Any
    place: Mapping[str, Any]
    used_at: float
    is_lent: bool = False


class _Shelf:
    """What one process keeps, by alias, the least lately used first. Safe between threads."""

    def __init__(self) -> None:
        self.rows: dict[str, list[_Kept]] = {}
        self.lock = threading.Lock()
        self.process = os.getpid()
        self.is_open = False


_shelf = _Shelf()


def open_here() -> None:
    """Keep full connections from now on: this process, or those that it forks, answer requests."""
    _shelf.is_open = True


def is_open() -> bool:
    """Whether full connections are kept: the process answers requests, and the settings leave room."""
    return _shelf.is_open and settings.SHELVED_CONNECTIONS > 0


def take(alias: str, *, place: Mapping[str, Any], schema: str) -> Any | None:
    """A raw connection to this very place that has entered the schema and that nobody uses, or None. To be given back."""
    row = _shelf.rows.get(alias)
    if not row or _shelf.process != os.getpid():
        return None
    with _shelf.lock:
        for kept in row:
            if not kept.is_lent and kept.place is place and recycling.has_entered(kept.raw, schema):
                kept.is_lent = True
                return kept.raw
    return None


def give_back(alias: str, raw: Any) -> None:
    """Let others have a connection that was taken, or close it: when it is left in a transaction, has met too many others, or its place is gone."""
    with _shelf.lock:
        row = _shelf.rows.get(alias, [])
        found = [kept for kept in row if kept.raw is raw]
        for kept in found:
            row.remove(kept)
        if found and _is_fit(raw):
            row.append(_Kept(raw=raw, place=found[0].place, used_at=time.monotonic()))
            return
    raw.close()


def add(alias: str, raw: Any, *, place: Mapping[str, Any]) -> None:
    """Keep a full connection on whose session nobody leans. Closes what is old, and the least lately used where there are too many."""
    with _shelf.lock:
        if _shelf.process != os.getpid():  # a fork has no share in its parent's connections
            _shelf.rows, _shelf.process = {}, os.getpid()
        row = _shelf.rows.setdefault(alias, [])
        row.append(_Kept(raw=raw, place=place, used_at=time.monotonic()))
        leaving = list(_leaving(row))
        for kept in leaving:
            row.remove(kept)
    for kept in leaving:
        kept.raw.close()


def clear(alias: str) -> None:
    """Close what is kept of an alias, whose place is another now; what is lent is closed when it comes back."""
    with _shelf.lock:
        leaving = _shelf.rows.pop(alias, [])
    for kept in leaving:
        if not kept.is_lent:
            kept.raw.close()


def _is_fit(raw: Any) -> bool:
    is_idle = raw.pgconn.transaction_status == pq.TransactionStatus.IDLE  # a closed one is in an unknown state
    return is_idle and raw.autocommit and recycling.tenants(raw) < OUTGROWN * settings.TENANTS_PER_CONNECTION


def _leaving(row: list[_Kept]) -> Iterator[_Kept]:
    """What is not kept any longer, of a row that has just got its last member; those that are lent count and stay."""
    excess, oldest = len(row) - settings.SHELVED_CONNECTIONS, time.monotonic() - IDLE_S
    for kept in row:
        if not kept.is_lent and (excess > 0 or kept.used_at < oldest):
            excess -= 1
            yield kept
