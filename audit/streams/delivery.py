"""Delivery: each stream goes on from its own place, waits longer after each refusal, and never drops anything."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from audit import following
from audit.following import Sealed
from audit.models import Cursor, Seal, Stream
from audit.streams import sending
from kernel import clock
from kernel.problems import Problem

BATCH = 500
BUDGET_S = 20.0
"""How long one run goes on sending before it makes room for others; a batch that was begun is finished."""

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 300.0
FAILING_AFTER = 3
"""Refusals in a row after which a stream counts as failing, so that one lost packet alarms nobody."""
PRUNING_WAITS = timedelta(days=7)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: `attempts` refusals in a row before it and after it, and the fault that ended it, if one did."""

    moved: int
    attempts_before: int
    attempts_after: int
    fault: str = ""

    @property
    def began_to_fail(self) -> bool:
        """Whether the stream counts as failing since this run."""
        return self.attempts_before < FAILING_AFTER <= self.attempts_after

    @property
    def recovered(self) -> bool:
        """Whether it counted as failing and its target takes entries again."""
        return self.attempts_before >= FAILING_AFTER and self.attempts_after == 0 and self.moved > 0


def run(stream_id: UUID, *, budget_s: float = BUDGET_S) -> Run:
    """Send what waits for one stream, batch by batch, until nothing waits, the time is over, it is paused, or its target refuses.

    A refusal postpones the stream: 2 s after the first, twice as long after each further one, at most 5 minutes, less a random part of up to half
    so that streams do not return in step. Whoever is at work on the stream elsewhere is left alone. For all that, entries are sent in order, and
    each at least once.
    """
    ends_at, moved, before = time.monotonic() + budget_s, 0, 0
    while (stream := Stream.objects.filter(pk=stream_id, paused_at=None).first()) is not None:
        cursor = following.place_of(stream.cursor_name)
        attempts = 0 if cursor is None else cursor.attempts
        before = before or attempts
        try:
            number = following.advance(stream.cursor_name, partial(_work, stream), batch=BATCH)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the stream must wait and say why, and not be lost to a crash of its task
            return _postponed(stream, fault, run=Run(moved, before, attempts + 1))
        moved += number
        if number:
            Stream.objects.filter(pk=stream_id).update(sent_at=clock.now())
        if not number or time.monotonic() >= ends_at:
            break
    return Run(moved, before, 0 if moved else before)


def waiting() -> list[UUID]:
    """The streams that have something to send and whose time has come."""
    size = following.log_size()
    streams = {stream.cursor_name: stream.pk for stream in Stream.objects.filter(paused_at=None)}
    places = {cursor.name: cursor for cursor in Cursor.objects.filter(name__in=list(streams))}
    return [identifier for name, identifier in streams.items() if _is_due(places.get(name), size=size)]


def lowest_place() -> int | None:
    """The place behind which no body may be pruned yet, because a stream has still to send what follows; None when none waits.

    A stream is waited for at most 7 days: whose next entry has been sealed for longer holds nothing back, and gets a line that says what is gone.
    Paused streams are waited for as well.
    """
    size, since = following.log_size(), clock.now() - PRUNING_WAITS
    names = [stream.cursor_name for stream in Stream.objects.all()]
    behind = Cursor.objects.filter(name__in=names, seq__lt=size).values_list("seq", flat=True)
    held = [seq for seq in behind if Seal.objects.filter(seq=seq + 1, sealed_at__gte=since).exists()]
    return min(held, default=None)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many refusals in a row, 1 or more."""
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=random.SystemRandom().uniform(longest / 2, longest))


def _work(stream: Stream, entries: list[Sealed]) -> None:
    place = following.place_of(stream.cursor_name)
    sending.send(stream, entries, after=0 if place is None else place.seq)


def _postponed(stream: Stream, fault: Exception, *, run: Run) -> Run:
    if isinstance(fault, Problem):
        words = fault.detail
    else:
        log.error("stream.failed", stream=stream.public_id, exc_info=fault)
        words = f"A fault of ours ({type(fault).__name__}); the log tells more."
    following.postpone(stream.cursor_name, fault=words, wait=wait_after(run.attempts_after))
    return Run(run.moved, run.attempts_before, run.attempts_after, words)


def _is_due(cursor: Cursor | None, *, size: int) -> bool:
    if cursor is None:
        return size > 0
    return cursor.seq < size and (cursor.not_before is None or cursor.not_before <= clock.now())
