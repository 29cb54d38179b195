"""How much the trail is told of what was refused, what failed and what was only looked at: once of each, and no more than a process can afford.

The memories are of one process and bounded.
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from threading import Lock

from audit import nudging
from kernel import context, tenancy

QUIET_S = 60.0
REMEMBERED = 10_000
MOST_PER_MINUTE = 600
"""Refusals and failures that one process writes to one tenant's trail in a minute: callers can invent addresses, and must not fill the disk."""
STRANGERS_PER_PLACE = 20
"""The same from one place of callers without credentials: every address that is called and not there would be an entry of its own."""
STRANGERS_PER_MINUTE = 100
"""The same from all places together. It is apart from the rest, so that no flood of strangers keeps what people did off the trail."""

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
    return _is_first_within({str(tenancy.current().id): MOST_PER_MINUTE}, what=what)


def is_worth_telling_of_stranger(what: str) -> bool:
    """The same for a caller who has not said who they are."""
    tenant = str(tenancy.current().id)
    place = f"{tenant}|{context.current().place}"
    return _is_first_within({f"{tenant}|strangers": STRANGERS_PER_MINUTE, place: STRANGERS_PER_PLACE}, what=what)


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


def _is_first_within(limits: Mapping[str, int], *, what: str) -> bool:
    """Whether something is told of for the first time, and none of these counts has reached its limit; only what is told of is counted."""
    if any(_counted_of(name)[1] >= most for name, most in limits.items()) or not nudging.is_first_this_minute(what):
        return False
    with _lock:
        for name in limits:
            since, number = _counted_of(name)
            if len(_counted) >= REMEMBERED:
                _counted.clear()
            _counted[name] = (since, number + 1)
    return True


def _counted_of(name: str) -> tuple[float, int]:
    """When the running minute of a count began, and how far it is."""
    now = time.monotonic()
    since, number = _counted.get(name, (now, 0))
    return (now, 0) if now - since >= QUIET_S else (since, number)
