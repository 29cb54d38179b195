"""Many members at once: some threads per cell, each with connections of its own, while one thread watches."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Generic, TypeVar

from django.db import connections

from kernel import tenancy

PULSE_S = 0.5

Work = TypeVar("Work")
Outcome = TypeVar("Outcome")


class Stopped(Exception):
    """The watcher gave up; whoever pauses for a lock ends here, and nothing is half done."""


class Crew(Generic[Work, Outcome]):
    """Threads that take work from their cell's queue until it is empty or the watcher gives up; each finishes what it has begun."""

    def __init__(self, perform: Callable[[Work], Outcome], *, jobs: int) -> None:
        self.perform = perform
        self.jobs = jobs
        self._stop = threading.Event()
        self._done: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()

    def work(self, shares: Mapping[str, Sequence[Work]], *, watch: Callable[[list[Outcome]], None]) -> None:
        """Perform all of it; `shares` is the work of each cell.

        `watch` is called in this thread every half second and at the end, with the outcomes since the last time; it may raise to stop the
        crew, and its exception comes out here after all threads have ended. What they finish meanwhile is not told any more.
        """
        threads = [thread for cell in sorted(shares) for thread in self._threads(cell, list(shares[cell]))]
        for thread in threads:
            thread.start()
        running = len(threads)
        try:
            while running:
                outcomes, ended = self._gathered(running)
                running -= ended
                watch(outcomes)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def pause(self, seconds: float) -> None:
        """Wait, or raise Stopped as soon as the watcher has given up. For use within `perform`."""
        if self._stop.wait(seconds):
            raise Stopped

    def _threads(self, cell: str, share: list[Work]) -> list[threading.Thread]:
        waiting: queue.SimpleQueue[Work] = queue.SimpleQueue()
        for item in share:
            waiting.put(item)
        count = min(self.jobs, len(share))
        return [
            threading.Thread(target=copy_context().run, args=(self._take, waiting), name=f"fleet {cell} {number}")
            for number in range(count)
        ]

    def _take(self, waiting: "queue.SimpleQueue[Work]") -> None:
        try:
            while not self._stop.is_set():
                self._done.put(self.perform(waiting.get_nowait()))
                tenancy.rest()
        except (queue.Empty, Stopped):
            return
        finally:
            connections.close_all()
            self._done.put(None)  # wakes the watcher

    def _gathered(self, running: int) -> tuple[list[Outcome], int]:
        """What comes in within a pulse, and how many threads ended; sooner when all of them have."""
        until = time.monotonic() + PULSE_S
        found: list[Outcome] = []
        ended = 0
        while ended < running and (left_s := until - time.monotonic()) > 0:
            try:
                outcome = self._done.get(timeout=left_s)
            except queue.Empty:
                break
            if outcome is None:
                ended += 1
            else:
                found.append(outcome)
        return found, ended
