"""The driver's side of `bench.worker`: start the peers, give them orders one at a time, end them."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
PREPARED_WITHIN_S = 180
ANSWER_WITHIN_S = 60
WORK_WITHIN_S = 900
END_AFTER_S = 30
ADDRESSES = frozenset({"DATABASE_URL", "CELL_DATABASE_URLS", "REDIS_URL", "BACKUP_FOLDER", "BACKUP_FOLDERS"})
"""Where an installation on this machine keeps its data: no peer may hear of it."""


def surroundings() -> dict[str, str]:
    """The environment of this process, without the addresses of the product's own data."""
    return {name: value for name, value in os.environ.items() if name not in ADDRESSES}


class WorkerDied(RuntimeError):
    """A peer ended, or fell silent, before its answer; the message holds the end of what it wrote to standard error."""


@dataclass(slots=True)
class Worker:
    """One peer in its own process, with the settings module that makes it what it is."""

    name: str
    settings: str
    environment: Mapping[str, str]
    log: Path
    module: str = "bench.worker"
    process: subprocess.Popen[str] | None = field(default=None, init=False)
    targets: list[dict[str, Any]] = field(default_factory=list, init=False)

    def start_preparing(self) -> None:
        """Start making the peer's data; `finish_preparing` waits for it."""
        self._start("prepare")

    def finish_preparing(self) -> None:
        """Wait until the peer's tenants exist. Raises WorkerDied."""
        self.targets = self._read(within_s=PREPARED_WITHIN_S)["targets"]
        self.stop()

    def start_serving(self, *, seed: int) -> None:
        """Start the process that will be measured, and wait until it is ready. Raises WorkerDied."""
        self._start("serve")
        self.ask({"targets": self.targets, "seed": seed})

    def start_working(self) -> None:
        """Start a process that does one piece of work per order, and wait until it is ready. Raises WorkerDied."""
        self._start("work")
        self._read(within_s=PREPARED_WITHIN_S)

    def start_listening(self) -> None:
        """Start a process whose module has orders of its own, and answers each with one line."""
        self._start()

    def order(self, **order: Any) -> None:
        """Give one order without waiting; `answer` waits. Raises WorkerDied."""
        self._send(order)

    def answer(self, *, within_s: float = WORK_WITHIN_S) -> dict[str, Any]:
        """Wait for the answer to an order. Raises WorkerDied."""
        return self._read(within_s=within_s)

    def told(self, **order: Any) -> dict[str, Any]:
        """Give one order and wait for its answer. Raises WorkerDied."""
        self.order(**order)
        return self.answer()

    def do(self, call: str, *, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Let the peer call one function, by its dotted name; gives what it returned. Raises WorkerDied."""
        self._send({"call": call, "arguments": arguments})
        return self._read(within_s=within_s)["answer"]

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give one order and wait for its answer. Raises WorkerDied."""
        self._send(order)
        return self._read()

    def stop(self) -> None:
        """Let the process end by itself, by closing its input; end it when it does not."""
        if self.process is None:
            return
        self._pipe(self.process.stdin).close()
        try:
            self.process.wait(END_AFTER_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._pipe(self.process.stdout).close()
        self.process = None

    def _send(self, order: dict[str, Any]) -> None:
        pipe = self._running().stdin
        try:
            self._pipe(pipe).write(json.dumps(order) + "\n")
            self._pipe(pipe).flush()
        except BrokenPipeError:
            raise WorkerDied(f"The worker {self.name} ended early:\n{self._written()}") from None

    def _start(self, *order: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *order],
                cwd=ROOT,
                env={**surroundings(), **self.environment, "DJANGO_SETTINGS_MODULE": self.settings},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _read(self, *, within_s: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        pipe = self._pipe(self._running().stdout)
        # One line answers one order, so nothing of it waits in the text buffer where select would not see it.
        readable, _, _ = select.select([pipe], [], [], within_s)
        if not readable:
            raise WorkerDied(f"The worker {self.name} gave no answer within {within_s:.0f} s:\n{self._written()}")
        line = pipe.readline()
        if not line:
            raise WorkerDied(f"The worker {self.name} ended early:\n{self._written()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _running(self) -> "subprocess.Popen[str]":
        if self.process is None:
            raise WorkerDied(f"The worker {self.name} is not running.")
        return self.process

    def _written(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise WorkerDied("The worker was started without pipes.")
        return pipe


@contextmanager
def listening(name: str, *, module: str, log: Path, settings: str = "config.settings", **environment: str) -> Iterator[Worker]:
    """A process for the length of a block that runs a module with orders of its own; see `bench.answering`."""
    peer = Worker(name=name, settings=settings, environment={"LOG_LEVEL": "ERROR", **environment}, log=log, module=module)
    try:
        peer.start_listening()
        yield peer
    finally:
        peer.stop()
