"""The blocks of a long log, shared between two processes: Python checks on one processor at a time, and most machines have two.

The second process is a fork. It answers for a block with a `Part`, which says that all in it is sound, or with nothing, and then this process reads
the block itself: so what is wrong, or unusual, is judged in one place and in order, and the result is the same with and without a second
process. One that dies, or does not answer, costs time and nothing else.

A fork is made only where it can hurt nobody: from the main thread, outside transactions, beside no other threads than daemons such as the listener
for news of the registry. What such a thread holds at that moment stays held in the fork; there only a lock inside a library could be met again, and then
the fork hangs, and is ended. Web processes, whose requests have threads of their own, never fork.
"""

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from multiprocessing.connection import Connection, Pipe
from typing import NamedTuple, NoReturn

import structlog
from django.db import connections

from audit.verifying import reading
from audit.verifying.looking import Part
from audit.verifying.reading import Raw, Span

WORTH_IT = 8 * reading.BLOCK
"""Rows from which on a second process gains more than its start costs, which is some 20 ms."""

GIVEN = 2
"""Blocks that the second process has at once, so that it need not wait for the next."""

AHEAD = 128
"""Blocks that this process goes on when the next one in order is still in the hands of the other."""

PATIENCE_S = 10.0
"""For one block, which takes some 10 ms; then the second process is given up."""

GRACE_MS = 20
"""For the second process to end when nothing is left to do."""

log = structlog.get_logger(__name__)

Look = Callable[[Sequence[Raw], Span], Part | None]
Looked = Part | list[Raw] | None
"""A block in which all is sound; or its rows, which need a closer look; or nothing when they have to be read for that."""


def looked_at(spans: Sequence[Span], *, look: Look) -> Generator[tuple[Span, Looked]]:
    """What a look at each block gives, in order. Close the iterator when you leave it early."""
    if not _is_worth_it(spans) or not _may_fork():
        with closing(reading.blocks(spans)) as blocks:
            for span, rows in blocks:
                yield span, look(rows, span) or rows
        return
    with closing(_Shared(spans, look=look)) as shared:
        for number, span in enumerate(spans):
            yield span, shared.looked(number)


class _Second(NamedTuple):
    """The other process, and the way to it."""

    pid: int
    line: Connection


class _Shared:
    """Who has which block. Blocks are known by their number."""

    def __init__(self, spans: Sequence[Span], *, look: Look) -> None:
        self._spans, self._look = spans, look
        self._waiting, self._given = deque(range(len(spans))), deque[int]()
        self._ready: dict[int, Part | None] = {}
        self._second: _Second | None = _begun(spans, look=look)
        self._collect(within_s=0)

    def looked(self, number: int) -> Looked:
        """What a look at a block gives; to be asked for in order."""
        while number not in self._ready:
            self._collect(within_s=0)
            mine = None if number in self._ready else self._taken(number)
            if mine is not None:
                rows = reading.rows(self._spans[mine])
                part = self._look(rows, self._spans[mine])
                if mine == number:
                    return part or rows
                self._ready[mine] = part  # without the rows, so that memory stays bounded
            elif number not in self._ready:
                self._collect(within_s=PATIENCE_S)
        return self._ready.pop(number)

    def close(self) -> None:
        """End the second process, whatever it does."""
        if self._second is None:
            return
        second, self._second = self._second, None
        second.line.close()
        with suppress(ChildProcessError, ProcessLookupError):
            _end(second.pid)

    def _taken(self, number: int) -> int | None:
        """The next block for this process; None when it should wait for the other."""
        if self._waiting and (self._second is None or self._waiting[0] <= number + AHEAD):
            return self._waiting.popleft()
        # Rather than be idle while the other has two blocks left, do the last of them: who is first counts.
        return self._given.pop() if not self._waiting and len(self._given) > 1 else None

    def _collect(self, *, within_s: float) -> None:
        """Take what the other process has answered, and give it more."""
        if self._second is None:
            return
        line = self._second.line
        try:
            if not line.poll(within_s) and within_s:
                raise TimeoutError(f"no answer within {within_s} s")
            while line.poll():
                number, part = line.recv()
                if number in self._given:
                    self._given.remove(number)
                    self._ready[number] = part
            self._give()
        except (EOFError, OSError) as fault:
            self._do_without(fault)

    def _give(self) -> None:
        while self._second is not None and self._waiting and len(self._given) < GIVEN:
            self._given.append(self._waiting.popleft())
            self._second.line.send(self._given[-1])

    def _do_without(self, fault: Exception) -> None:
        log.warning("verification.second_process_lost", fault=repr(fault))
        self.close()
        self._waiting.extendleft(reversed(self._given))
        self._given.clear()


def _is_worth_it(spans: Sequence[Span]) -> bool:
    return bool(spans) and spans[-1][1] - spans[0][0] >= WORTH_IT and _processors() > 1


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _may_fork() -> bool:
    here = threading.current_thread()
    return (
        here is threading.main_thread()
        and all(thread.daemon for thread in threading.enumerate() if thread is not here)
        and not any(connection.in_atomic_block for connection in connections.all(initialized_only=True))
    )


def _begun(spans: Sequence[Span], *, look: Look) -> _Second:
    """A fork: it has the scope of this process, so it stands where this one does as soon as it connects.

    A plain one, for the processes of a Celery worker may not have children of `multiprocessing`.
    """
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        ours.close()  # or the end of the first process would not be seen
        _work(theirs, spans, look=look)
    theirs.close()
    return _Second(pid, ours)


def _work(line: Connection, spans: Sequence[Span], *, look: Look) -> NoReturn:
    """What the second process does, until the first closes the line or is gone. It never comes back to the code that it is a fork of."""
    code = 1
    try:
        gc.freeze()  # what was inherited stays shared: a collection would write to all of it
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(sign, signal.SIG_DFL)
        _inherited = _connections_left()
        with suppress(EOFError, ConnectionError):
            while True:
                number = line.recv()
                # Whoever waits has given up by then, or is gone.
                signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
                line.send((number, look(reading.rows(spans[number]), spans[number])))
                signal.setitimer(signal.ITIMER_REAL, 0)
        connections.close_all()
        code = 0
    except Exception:
        log.exception("verification.second_process_failed")
    finally:
        os._exit(code)


def _end(pid: int) -> None:
    """Let a process without work leave by itself, so that its connection ends in good order; end one that has some, or hangs."""
    for _ in range(GRACE_MS):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _connections_left() -> list[object]:
    """Have no connection of the first process, which goes on using them; to be kept, for a connection that nobody holds ends itself."""
    found: list[object] = []
    for connection in connections.all(initialized_only=True):
        found.append(connection)
        del connections[connection.alias]
    return found
