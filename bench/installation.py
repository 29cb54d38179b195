"""A scratch installation of the product with many tenants: what the benchmarks of tenancy run against.

The driver starts it with `worker(…)`; the functions below are called inside the worker's process (`Worker.do`), with Freehold's own settings.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.workers import Worker
from config.embedded.addresses import Addresses

SETTINGS = "config.settings"


@contextmanager
def worker(
    addresses: Addresses, *, log: Path, name: str = "ours", settings: str = SETTINGS, **environment: str
) -> Iterator[Worker]:
    """A process of the product on the scratch services; it does one piece of work per order."""
    peer = Worker(
        name=name, settings=settings, environment={"FREEHOLD_VAR": str(addresses.var), "LOG_LEVEL": "ERROR", **environment}, log=log
    )
    try:
        peer.start_working()
        yield peer
    finally:
        peer.stop()


def fill(ours: Worker, *, count: int, within_s: float = 900.0) -> list[dict[str, Any]]:
    """Make `count` tenants in batches, so that a slow machine is told from a dead one; see `bench.tenants_of_ours.add` for what comes back."""
    made: list[dict[str, Any]] = []
    end = time.monotonic() + within_s
    while len(made) < count:
        batch = min(20, count - len(made))
        made += ours.do("bench.tenants_of_ours.add", count=batch, start=len(made), within_s=max(60.0, end - time.monotonic()))
    return made
