"""The product's own worker and beat on the scratch installation, as `manage.py up` runs them."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.workers import ROOT, Worker, WorkerDied, surroundings
from config.embedded import programs

PATIENCE_S = 120.0
END_AFTER_S = 30.0


@contextmanager
def running(var: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Worker (two processes) and beat for the length of a block; gives the two processes. Killed with their children when they do not leave."""
    environment = {
        **surroundings(), "FREEHOLD_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR", "SPARE_TENANTS": "0",
        **programs.WORKER_ENVIRON,
    }  # fmt: skip
    with ExitStack() as stack:
        log = stack.enter_context((var / "bench-product.log").open("ab"))
        started = []
        for command in (programs.worker(), programs.beat(var / "bench-beat")):
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
            stack.callback(end, process)
            started.append(process)
        yield started


def end(process: "subprocess.Popen[bytes]") -> None:
    """Let a process of ours leave, and kill it and its children when it does not."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_AFTER_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def wait_until_sealed(ours: Worker, tenant_ids: list[str]) -> float:
    """Wait until no entry of these tenants waits for its seal; the seconds that it took. Raises WorkerDied."""
    began = time.monotonic()
    while (left := ours.told(do="pending", tenant_ids=tenant_ids)["pending"]) > 0:
        if time.monotonic() - began > PATIENCE_S:
            raise WorkerDied(f"{left} entries still wait for their seal after {PATIENCE_S:.0f} s.")
        time.sleep(0.1)
    return time.monotonic() - began
