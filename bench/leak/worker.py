"""A real worker process on the services of a test or a benchmark."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 180.0


@contextmanager
def running(*, include: str, queues: str = "now,soon,bulk", processes: int = 2) -> Iterator[None]:
    """A worker that knows the product's tasks and those of the module `include`; ended with the block."""
    options = ["--include", include, "--queues", queues, "--concurrency", str(processes), "--loglevel", "ERROR"]
    command = [sys.executable, "-m", "celery", "--app", "config.celery", "worker", *options, "--without-gossip", "--without-mingle"]
    # What others asked for is done too, and must leave no places that somebody's next tenant would take.
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "SPARE_TENANTS": "0"}) as worker:
        try:
            yield
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE_S)


def wait_until(condition: Callable[[], bool], *, what: str) -> None:
    """Go on when the condition holds; raise AssertionError after three minutes, which are only reached when it never would."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"still waiting: {what}")
        time.sleep(0.05)
