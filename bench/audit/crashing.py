"""The database dies under load: kill -9 of all its processes at once, three times, while twelve writers write and the sealer seals."""

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import psutil

from bench.audit import product
from bench.workers import Worker, WorkerDied
from config.embedded import postgres
from config.embedded.addresses import Addresses

KILLS = 3
THREADS = 6
WRITTEN = 100
"""Transactions of each process that are committed between two deaths, so that the database never dies idle."""

PATIENCE_S = 60.0
MANNER = {"tail_s": 0.002, "given_up": 0.05}


def killed_and_compared(
    ours: Worker, writers: Sequence[Worker], *, addresses: Addresses, tenant_id: str, kills: int = KILLS
) -> dict[str, Any]:
    """Kill the database `kills` times under load, and compare what was written with what the trail tells of it.

    The product's worker and beat are running. Gives what `bench.audit.reading.compare` gives, and the seconds to each restart.
    """
    for number, writer in enumerate(writers):
        writer.told(do="start", tenant_ids=[tenant_id] * THREADS, name=f"crash-{number}", manner=MANNER)
    restarts = []
    for _ in range(kills):
        _wait_for_load(writers)
        kill(addresses)
        began = time.monotonic()
        postgres.start(addresses)
        restarts.append(time.monotonic() - began)
    _wait_for_load(writers)
    finished = [writer.told(do="finish") for writer in writers]
    ours.told(do="reconnect")
    product.wait_until_sealed(ours, [tenant_id])
    done = [key for one in finished for key, _ in one["done"]]
    found = ours.told(do="compare", tenant_id=tenant_id, acknowledged=done)
    verified = ours.told(do="verify", tenant_id=tenant_id)
    refused = sum(one["refused"] for one in finished)
    return {**found, "acknowledged": len(done), "refused": refused, "restarts_s": restarts, "verified": verified}


def _wait_for_load(writers: Sequence[Worker]) -> None:
    """Return when each writer has committed some more. Raises WorkerDied when that never happens."""
    for writer in writers:
        before, end = writer.told(do="count")["number"], time.monotonic() + PATIENCE_S
        while writer.told(do="count")["number"] < before + WRITTEN:
            if time.monotonic() > end:
                raise WorkerDied(f"The writer {writer.name} commits nothing any more.")
            time.sleep(0.02)


def kill(addresses: Addresses) -> None:
    """Kill -9 of the server's main process and of all its children, and wait until they are gone."""
    pid = postgres.pid(addresses)
    if pid is None:
        return
    main = psutil.Process(pid)
    everybody = [main, *main.children(recursive=True)]
    for process in everybody:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(everybody, timeout=10)
