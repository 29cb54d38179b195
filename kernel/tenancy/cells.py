"""Which cells this process can reach: those that the settings name, and those that were added while it ran.

A cell that was added later has its address in the registry. The gate asks for it when it meets a tenant there for the first time, so that no
process needs a restart. A changed address is announced; who misses that finds out within `TRUST_S`.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.utils.module_loading import import_string

from kernel.problems import Unavailable
from kernel.tenancy import breaker

HOME = "default"
COPY = "registry-copy"
REGISTRIES = frozenset({HOME, COPY})
"""The registry and this region's read copy of it, if there is one: no tenant is needed to read them."""
TRUST_S = 30.0


@dataclass(slots=True)
class _Attached:
    """A cell that this process was told of: what DATABASES would hold for it, and until when that is believed (monotonic clock)."""

    entry: dict[str, Any]
    trusted_until: float


_lock = threading.Lock()
_attached: dict[str, _Attached] = {}


def aliases() -> tuple[str, ...]:
    """The aliases of all cells that this process can reach, by name."""
    return tuple(sorted({*settings.CELLS, *_attached}))


def ensure(alias: str) -> None:
    """Make a cell's database reachable under its alias, at its present address.

    Raises Unavailable when nobody knows an address, and the database errors of a registry that is away.
    """
    known = _attached.get(alias)
    if known is not None:
        if known.trusted_until < time.monotonic():
            _look_again(alias, known)
        _drop_old_connection(alias)
    elif alias not in connections.databases:
        attach(alias, _address_of(alias))


def distrust(alias: str) -> None:
    """Look at the address of a cell again at its next use: it was announced to have changed."""
    known = _attached.get(alias)
    if known is not None:
        known.trusted_until = 0.0


def attach(alias: str, entry: dict[str, Any]) -> None:
    """Add a database to those that Django knows, or change its address. `entry` is what DATABASES would hold (`kernel.databases.entry`).

    A cell that the settings name stays where they say.
    """
    with _lock:
        if alias in settings.CELLS:
            return
        known = _attached.get(alias)
        if known is None or known.entry != entry:
            entries = {HOME: connections.databases[HOME], alias: dict(entry)}
            connections.databases[alias] = connections.configure_settings(entries)[alias]
            breaker.reset(alias)
            connections[alias].clear_shelf()  # type: ignore[attr-defined]  # every alias has our engine
        _attached[alias] = _Attached(entry=entry, trusted_until=time.monotonic() + TRUST_S)


def detach(alias: str) -> None:
    """Forget a cell that was attached, in this thread and for those to come."""
    with _lock:
        if _attached.pop(alias, None) is None:
            return
        connections[alias].close()
        connections[alias].clear_shelf()  # type: ignore[attr-defined]  # as above
        del connections[alias]
        connections.databases.pop(alias, None)
    breaker.reset(alias)


def _look_again(alias: str, known: _Attached) -> None:
    """Ask for the address anew. While nobody can be asked, or it cannot be read, the one that is known stays: it worked until now."""
    known.trusted_until = time.monotonic() + TRUST_S
    try:
        attach(alias, _address_of(alias))
    except (Error, Unavailable):
        return


def _address_of(alias: str) -> dict[str, Any]:
    entry: dict[str, Any] = import_string(settings.CELL_ADDRESS)(alias)
    return entry


def _drop_old_connection(alias: str) -> None:
    """Close what this thread may still hold to where the cell was before."""
    mine = connections[alias]
    if mine.settings_dict is not connections.databases[alias] and not mine.in_atomic_block:
        mine.close()
        del connections[alias]
