"""Telling how far long work is: often enough for the operation's lease, seldom enough to cost nothing."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextvars import copy_context
from typing import TypeVar

from tenants.places import Progress

EVERY_S = 1.0
T = TypeVar("T")


class Pulse:
    """Passes progress on at most once a second."""

    def __init__(self, on_progress: Progress) -> None:
        self._on_progress = on_progress
        self._last: tuple[int, int, str] = (0, 1, "")
        self._told_at = 0.0

    def at(self, done: int, of: int, what: str) -> None:
        """Tell how far it is, unless that was told a moment ago."""
        self._last = (done, of, what)
        now = time.monotonic()
        if now - self._told_at >= EVERY_S:
            self._told_at = now
            self._on_progress(done, of, what)

    def again(self) -> None:
        """Repeat the last word, unless that was said a moment ago."""
        self.at(*self._last)

    def during(self, work: Callable[[], T]) -> T:
        """Run one long statement in a thread and repeat the last word meanwhile: a foreign key over a big table takes its time.

        When the word is refused, the statement is waited for before the refusal goes on: its connection is ours to close, not to share.
        """
        with ThreadPoolExecutor(max_workers=1) as threads:
            running = threads.submit(copy_context().run, work)
            while not wait_for([running], timeout=EVERY_S).done:
                self._on_progress(*self._last)
            return running.result()
