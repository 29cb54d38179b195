"""A breaker per database: while one does not let us in, nobody waits for it.

A refused or hanging connection opens the breaker. From then on its tenants are refused at once instead of each waiting for a time-out, so
that one dead cell cannot fill up the threads that serve all others. One thread of the process knocks once a second and closes the breaker
when the server answers; no request pays for the trial. Each process has its own breakers and learns by itself.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connections
from django.utils.connection import ConnectionDoesNotExist

KNOCK_S = 1.0
KNOCK_TIMEOUT_S = 2
"""libpq counts less than two seconds as two."""

logger = logging.getLogger(__name__)


class DatabaseAway(psycopg.OperationalError):
    """The database did not let us in a moment ago and is not asked again before somebody has seen it answer."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Since when a database is away (monotonic clock), why, and which process has a thread that knocks."""

    since: float
    why: str
    process: int


_outages: dict[str, Outage] = {}
_lock = threading.Lock()


@contextmanager
def guarding(alias: str) -> Iterator[None]:
    """The block that connects to a database: refused at once while the breaker is open, and opening it when it fails.

    Raises DatabaseAway, which Django's wrapper turns into its OperationalError.
    """
    require_closed(alias)
    try:
        yield
    except psycopg.OperationalError as fault:
        trip(alias, why=str(fault))
        raise


def require_closed(alias: str) -> None:
    """Go on only where the database was not found away. Raises DatabaseAway."""
    outage = _outages.get(alias)
    if outage is None:
        return
    if outage.process != os.getpid():
        trip(alias, why=outage.why)  # inherited by a fork, which carries no threads along
    raise DatabaseAway(f"{alias} is away: {outage.why}")


def is_open(alias: str) -> bool:
    """Whether the database is known to be away."""
    return alias in _outages


def outages() -> dict[str, Outage]:
    """What is known to be away."""
    return dict(_outages)


def trip(alias: str, *, why: str) -> None:
    """Open the breaker of a database and have somebody knock until it answers. Idempotent."""
    first = why.partition("\n")[0][:200]
    with _lock:
        present = _outages.get(alias)
        if present is not None and present.process == os.getpid():
            return
        outage = Outage(since=time.monotonic(), why=first, process=os.getpid())
        _outages[alias] = outage
    logger.warning("database.away %s: %s", alias, first)
    threading.Thread(target=_knock, args=(alias, outage), name=f"knocking-{alias}", daemon=True).start()


def reset(alias: str) -> None:
    """Close the breaker, for a database that answers or that is no longer the same."""
    if _outages.pop(alias, None) is not None:
        logger.warning("database.back %s", alias)


def _knock(alias: str, outage: Outage) -> None:
    """Ask until the database answers, or somebody else closed the breaker meanwhile."""
    while _outages.get(alias) is outage:
        time.sleep(KNOCK_S)
        try:
            connect(alias).close()
        except psycopg.Error as fault:
            logger.debug("%s is still away: %s", alias, fault)
        except ConnectionDoesNotExist:
            reset(alias)  # the cell was taken out of this process
        else:
            if _outages.get(alias) is outage:
                reset(alias)


def connect(alias: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of one's own that no breaker holds back and that stands nowhere; waits two seconds at most. Raises psycopg's errors."""
    parameters = connections[alias].get_connection_params()
    return psycopg.connect(**{**parameters, "connect_timeout": KNOCK_TIMEOUT_S, "cursor_factory": psycopg.Cursor})
