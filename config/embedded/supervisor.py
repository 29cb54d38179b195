"""Run services in the foreground: start in order, restart what ends, stop in reverse order, leave nothing behind.

Written instead of taking honcho's manager, which sends every process the same signal at once and ends everything when one ends: here
PostgreSQL must outlive those who use it and wants SIGINT, and a worker that dies is started again.

Each service leads its own process group, so that Ctrl-C in the terminal reaches only the supervisor, and is told by the kernel when
the supervisor is killed (`setpriv --pdeathsig`), so that even `kill -9` leaves nothing running. The kernel sends that signal once for each
thread that the supervisor had, and a second one in the midst of Celery's handler for the first hangs beat for good: so the supervisor has one
thread, which listens to all services in turn.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType

POLL_S = 0.1
READ_BYTES = 64 * 1024
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
# A service that ran this long was healthy: its next end counts as the first.
HEALTHY_S = 60.0
_COLOURS = ("36", "33", "35", "32", "34")
_END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """The person at the keyboard, or the system, asked for the end while something was still starting."""


@dataclass(frozen=True, slots=True)
class Service:
    """How one service is run. With a `log` its output goes there, else to the supervisor's, line by line behind its name."""

    name: str
    command: list[str]
    stop_signal: signal.Signals
    patience_s: float
    before: Callable[[], None] | None = None
    log: Path | None = None
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Output:
    """What a service writes; `rest` is the beginning of a line that goes on."""

    name: str
    rest: bytes = b""

    def lines(self, told: bytes) -> list[str]:
        """The lines that are whole now. Nothing told is the end of the output, and so of its last line."""
        if told:
            *whole, self.rest = (self.rest + told).split(b"\n")
        else:
            whole, self.rest = [self.rest] * bool(self.rest), b""
        return [line.decode("utf-8", errors="replace").rstrip() for line in whole]


@dataclass(slots=True)
class _Running:
    service: Service
    process: subprocess.Popen[bytes]
    started: float
    ends: int = 0
    restart_at: float | None = None


class Supervisor:
    """Starts services and looks after them. Use from the main thread, which the kernel takes as the parent."""

    def __init__(self, *, output: TextIO, folder: Path) -> None:
        self._output = output
        self._folder = folder
        self._outputs = selectors.DefaultSelector()
        self._running: list[_Running] = []
        self._is_ending = False
        self._previous = {number: signal.signal(number, self._note_end) for number in _END_SIGNALS}

    def start(self, service: Service) -> subprocess.Popen[bytes]:
        """Start a service; it is looked after from the next call of `watch` on."""
        self._raise_if_ending()
        process = self._launch(service)
        self._running.append(_Running(service=service, process=process, started=time.monotonic()))
        return process

    def call(self, command: Sequence[str], *, stdout: IO[bytes] | None = None) -> int:
        """Run a command to its end, with its output shown or put into `stdout`; its exit code.

        Raises Interrupted when asked to end meanwhile; the command is ended too.
        """
        self._raise_if_ending()
        guarded = ["setpriv", "--pdeathsig=TERM", "--", *command]
        process = subprocess.Popen(  # noqa: S603 - our own command lines, here and below
            guarded, stdin=subprocess.DEVNULL, stdout=stdout, cwd=self._folder, start_new_session=True
        )
        while process.poll() is None:
            if self._is_ending:
                self._end(process, polite=signal.SIGTERM, patience_s=10)
                raise Interrupted
            self._listen()
        return process.returncode

    def wait(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Ask `condition` until it holds, while services are looked after; whether it held in time."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            self._raise_if_ending()
            self._look_after()
            if time.monotonic() > deadline:
                return False
            self._listen()
        return True

    def watch(self) -> None:
        """Look after the services until SIGINT, SIGTERM or SIGHUP comes."""
        while not self._is_ending:
            self._look_after()
            self._listen()

    def stop(self) -> None:
        """Stop all services, last started first; returns when all are gone. A second Ctrl-C changes nothing: it is under way."""
        self._is_ending = True
        while self._running:
            running = self._running.pop()
            if running.process.poll() is None:
                self.say(f"stopping {running.service.name}")
            self._end(running.process, polite=running.service.stop_signal, patience_s=running.service.patience_s)
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def say(self, line: str, *, name: str = "up") -> None:
        """Write one line behind the name of who says it."""
        prefix = f"{name:<9}|"
        if self._output.isatty():
            colour = _COLOURS[sum(name.encode()) % len(_COLOURS)]
            prefix = f"\033[{colour}m{prefix}\033[0m"
        # A terminal that went away must not keep the services from being stopped.
        with contextlib.suppress(OSError, ValueError):
            self._output.write(f"{prefix} {line}\n")
            self._output.flush()

    def _launch(self, service: Service) -> subprocess.Popen[bytes]:
        if service.before is not None:
            service.before()
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", **service.environ}
        if service.log is not None:
            with service.log.open("ab") as log:
                return subprocess.Popen(  # noqa: S603
                    service.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environ, start_new_session=True
                )
        process = subprocess.Popen(  # noqa: S603
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=environ,
            start_new_session=True,
        )
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self._outputs.register(process.stdout, selectors.EVENT_READ, _Output(service.name))
        return process

    def _listen(self, timeout_s: float = POLL_S) -> None:
        """Write what services say, waiting a moment for the first of it."""
        for key, _ in self._outputs.select(timeout_s):
            told = os.read(key.fd, READ_BYTES)
            for line in key.data.lines(told):
                self.say(line, name=key.data.name)
            if not told:
                self._outputs.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # the pipe of a process

    def _look_after(self) -> None:
        for running in self._running:
            if running.restart_at is not None:
                if time.monotonic() >= running.restart_at:
                    self._restart(running)
            elif running.process.poll() is not None:
                self._plan_restart(running)

    def _plan_restart(self, running: _Running) -> None:
        # Its children may have outlived it and still hold the port or the queue.
        _kill_group(running.process)
        lived_s = time.monotonic() - running.started
        running.ends = 1 if lived_s >= HEALTHY_S else running.ends + 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (running.ends - 1), LONGEST_PAUSE_S)
        running.restart_at = time.monotonic() + pause_s
        code = running.process.returncode
        self.say(f"{running.service.name} ended with code {code}; it starts again in {pause_s:.0f} s")

    def _restart(self, running: _Running) -> None:
        running.process = self._launch(running.service)
        running.started = time.monotonic()
        running.restart_at = None

    def _end(self, process: subprocess.Popen[bytes], *, polite: signal.Signals, patience_s: float) -> None:
        """Signal the service's main process, wait, and kill what is left of its group; what it says meanwhile is written."""
        if process.poll() is None:
            process.send_signal(polite)
            deadline = time.monotonic() + patience_s
            while process.poll() is None and time.monotonic() < deadline:
                self._listen()
        _kill_group(process)
        process.wait()
        self._listen(0)

    def _raise_if_ending(self) -> None:
        if self._is_ending:
            raise Interrupted

    def _note_end(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the shape of a signal handler
        self._is_ending = True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
