"""Which cells this process can reach: those that the settings name, and those that were added while it ran.

A cell that was added later has its address in the registry. The gate asks for it when it meets a tenant there for the first time, so that no
process needs a restart.
"""

import threading
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

HOME = "default"

_lock = threading.Lock()
_attached: set[str] = set()


def aliases() -> tuple[str, ...]:
    """The aliases of all cells that this process can reach, by name."""
    return tuple(sorted({*settings.CELLS, *_attached}))


def ensure(alias: str) -> None:
    """Make a cell's database reachable under its alias. Raises Unavailable when the registry has no address for it."""
    if alias in connections.databases:
        return
    attach(alias, import_string(settings.CELL_ADDRESS)(alias))


def attach(alias: str, entry: dict[str, Any]) -> None:
    """Add a database to those that Django knows. `entry` is what DATABASES would hold (`kernel.databases.entry`)."""
    with _lock:
        if alias not in connections.databases:
            connections.databases.update(connections.configure_settings({HOME: connections.databases[HOME], alias: entry}))
            _attached.add(alias)


def detach(alias: str) -> None:
    """Forget a cell that was attached, in this thread and for those to come; its address may have changed."""
    with _lock:
        if alias in _attached:
            _attached.discard(alias)
            connections[alias].close()
            del connections[alias]
            connections.databases.pop(alias, None)
