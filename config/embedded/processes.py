"""Find, signal and await processes by the files that they leave; a number in a file alone proves nothing."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path

_POLL_S = 0.05
_LOG_TAIL_LINES = 12
# Services that this very process launched: when one ends, somebody has to take its exit code, or it stays as a zombie.
_children: list[subprocess.Popen[bytes]] = []


def running(pid: int, *, argument: str) -> psutil.Process | None:
    """The process `pid` if it lives and has `argument` on its command line, else None.

    After a crash or in a restarted container the number in a pid file may by now belong to anything.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or argument not in process.cmdline():
            return None
    except (psutil.NoSuchProcess, psutil.AccessDenied, ValueError):
        return None
    return process


def stop(process: psutil.Process, *, polite: signal.Signals, firm: signal.Signals, patience_s: float) -> None:
    """Send `polite`, wait up to `patience_s`, then send `firm` and wait again; returns when the process is gone."""
    for number in (polite, firm):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if wait_until(lambda: not _lives(process), timeout_s=patience_s):
            break
    _children[:] = [child for child in _children if child.poll() is None]


def wait_until(condition: Callable[[], bool], *, timeout_s: float) -> bool:
    """Ask `condition` twenty times a second; whether it came true within `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def launch(command: list[str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start a service that outlives us: in its own session, with its output at the end of the file `log`."""
    with log.open("ab") as file:
        launched = subprocess.Popen(  # noqa: S603 - command lines of our own making
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd="/", start_new_session=True
        )
    _children.append(launched)
    return launched


def has_ended(launched: subprocess.Popen[bytes] | None) -> bool:
    """Whether a process that we started is over; False for one that somebody else started."""
    return launched is not None and launched.poll() is not None


def log_tail(log: Path) -> str:
    """A sentence that ends with the last lines of a log file."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:]
    except OSError:
        lines = []
    return f"The end of {log}:\n" + "\n".join(f"    {line}" for line in lines)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
