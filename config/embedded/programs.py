"""The command lines of the three programs of the product: web, worker, beat. The same everywhere: `up`, containers, systemd."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Requests that may wait in one web process beyond those that its threads work on; the rest waits to be accepted.
QUEUED_REQUESTS = 32
BACKLOG_CONNECTIONS = 1024
WORKER_PROCESSES = 2
QUEUES = "now,soon,bulk"
# Celery warns of root at each start. Root may run this; who minds gives it an account.
WORKER_ENVIRON = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
_CELERY = ("celery", "--quiet", "--app", "config.celery")


def web(host: str, *, port: int, workers: int, threads: int) -> list[str]:
    """Serve HTTP on `host` and `port`."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(threads),
        "--backpressure": str(threads + QUEUED_REQUESTS),
        "--backlog": str(BACKLOG_CONNECTIONS),
        "--workers-kill-timeout": "10",
        "--log-level": "warning",
    }
    return _module("granian", *(part for pair in options.items() for part in pair), "--no-ws", "config.wsgi:application")


def worker() -> list[str]:
    """Work off the queues. With one worker there is nobody to gossip with, and looking for others costs a second at each start."""
    count = str(WORKER_PROCESSES)
    quiet = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    return _module(*_CELERY, "worker", "--queues", QUEUES, "--concurrency", count, *quiet)


def beat(file: Path) -> list[str]:
    """Put the chores of the timetable into the queues, remembering in `file` when each was last put there. One per installation."""
    return _module(*_CELERY, "beat", "--schedule", str(file), "--pidfile", "", "--loglevel", "WARNING")


def _module(*arguments: str) -> list[str]:
    return [sys.executable, "-m", *arguments]
