"""How much the trail is told of what was refused, what failed and what was only looked at: once of each, and no more than a process can afford.

The memories are of one process and bounded.
"""

import time
from contextvars import ContextVar
from threading import Lock

from audit import nudging
from kernel import context, tenancy

QUIET_S = 60.0
REMEMBERED = 10_000
MOST_PER_MINUTE = 600
"""Refusals and failures that one process writes to one tenant's trail in a minute: callers can invent addresses, and must not fill the disk."""

_lock = Lock()
_looked: dict[str, float] = {}
_counted: dict[str, tuple[float, int]] = {}
_told: ContextVar[context.RequestContext | None] = ContextVar("told", default=None)


def note_told() -> None:
    """Remember that the running unit of work has an entry of its refusal or failure."""
    _told.set(context.current())


def is_told() -> bool:
    """Whether it has."""
    return _told.get() is context.current()


def is_worth_telling(what: str) -> bool:
    """Whether a refusal or failure is the first of its kind within a minute, and not one of too many."""
    return nudging.is_first_this_minute(what) and _is_affordable(str(tenancy.current().id))


def is_first_look(what: str) -> bool:
    """Whether this process was not told of the same look in the active tenant within the last minute."""
    place, now = f"{tenancy.current().id}|{what}", time.monotonic()
    with _lock:
        if now - _looked.get(place, -QUIET_S) < QUIET_S:
            return False
        if len(_looked) >= REMEMBERED:
            _looked.clear()
        _looked[place] = now
        return True


def forget_all() -> None:
    """Remember nothing of what was told."""
    with _lock:
        _looked.clear()
        _counted.clear()


def _is_affordable(tenant: str) -> bool:
    now = time.monotonic()
    with _lock:
        since, number = _counted.get(tenant, (now, 0))
        if now - since >= QUIET_S:
            since, number = now, 0
        if len(_counted) >= REMEMBERED:
            _counted.clear()
        _counted[tenant] = (since, number + 1)
    return number < MOST_PER_MINUTE
