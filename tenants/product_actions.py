"""What the product may tell of, for those who read its events: remembered in each process, so that no event asks home.

A change is seen at once by the process that made it and within five seconds by every other.
"""

import time
from threading import Lock
from typing import Any

from tenants import queries
from tenants.problems import ProductActionNotFound

FRESH_S = 5.0
REMEMBERED = 2_000

_lock = Lock()
_known: dict[tuple[str, int | None], tuple[float, dict[str, Any] | None]] = {}


def find(name: str, *, version: int | None) -> dict[str, Any] | None:
    """One version of an action as a map of `name`, `version`, `category`, `severity`, `schema`, `personal` and `is_retired`; None for none.

    Without a version the newest that has not ended.
    """
    now = time.monotonic()
    with _lock:
        known = _known.get((name, version))
    if known is not None and now - known[0] < FRESH_S:
        return known[1]
    facts = _facts(name, version=version)
    with _lock:
        if len(_known) >= REMEMBERED:
            _known.clear()
        _known[name, version] = (now, facts)
    return facts


def forget() -> None:
    """Ask home anew for each action."""
    with _lock:
        _known.clear()


def _facts(name: str, *, version: int | None) -> dict[str, Any] | None:
    try:
        action = queries.product_action_named(name, version=version)
    except ProductActionNotFound:
        return None
    return {
        "name": action.name,
        "version": action.version,
        "category": action.category,
        "severity": action.severity,
        "schema": action.schema,
        "personal": frozenset(action.personal),
        "is_retired": action.retired_at is not None,
    }
