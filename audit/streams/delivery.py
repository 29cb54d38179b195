"""Delivery: each stream goes on from its own place, waits longer after each refusal, and never drops anything."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from audit import following
from audit.following import Claim
from audit.models import Cursor, Seal, Stream
from audit.streams import sending
from kernel import clock
from kernel.problems import Problem

BATCH = 500
BUDGET_S = 20.0
"""How long one run goes on sending before it makes room for others; a batch that was begun is finished."""

LEASE = timedelta(seconds=60)
"""How long a stream is left to the worker that sends its batch: longer than any request may take, and renewed before each."""

FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 300.0
FAILING_AFTER = 3
"""Refusals in a row after which a stream counts as failing, so that one lost packet alarms nobody."""
PRUNING_WAITS = timedelta(days=7)

log = structlog.get_logger(__name__)


class Displaced(Exception):
    """The stream was put to another place or removed while a batch of it was sent, or somebody else sends it."""


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
    each at least once. No transaction is open while a target is waited for: the stream is claimed by a lease.
    """
    ends_at, moved, before = time.monotonic() + budget_s, 0, 0
    while (stream := Stream.objects.filter(pk=stream_id, paused_at=None).first()) is not None:
        claim = following.claim(stream.cursor_name, lease=LEASE, batch=BATCH)
        if claim is None:
            break
        before = before or claim.attempts
        try:
            sending.send(stream, claim.entries, after=claim.after, before_more=partial(_keep, claim))
        except Displaced:
            log.info("stream.displaced", stream=stream.public_id, after=claim.after)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the stream must wait and say why, and not be lost to a crash of its task
            return _given_back(stream, claim, fault, run=Run(moved, before, claim.attempts + 1))
        if following.finish(claim):
            moved += len(claim.entries)
            Stream.objects.filter(pk=stream_id).update(sent_at=clock.now())
        if time.monotonic() >= ends_at:
            break
    return Run(moved, before, 0 if moved else before)


def waiting() -> list[UUID]:
    """The streams that have something to send, whose time has come and that nobody works for. Where there are none, it is one short query."""
    streams = {stream.cursor_name: stream.pk for stream in Stream.objects.filter(paused_at=None)}
    if not streams:
        return []
    size = following.log_size()
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


def _keep(claim: Claim) -> None:
    if not following.renew(claim, lease=LEASE):
        raise Displaced


def _given_back(stream: Stream, claim: Claim, fault: Exception, *, run: Run) -> Run:
    if isinstance(fault, Problem):
        words = fault.detail
    else:
        log.error("stream.failed", stream=stream.public_id, exc_info=fault)
        words = f"A fault of ours ({type(fault).__name__}); the log tells more."
    if not following.give_back(claim, fault=words, wait=wait_after(run.attempts_after)):
        return Run(run.moved, run.attempts_before, run.attempts_before)
    return Run(run.moved, run.attempts_before, run.attempts_after, words)


def _is_due(cursor: Cursor | None, *, size: int) -> bool:
    if cursor is None:
        return size > 0
    return cursor.seq < size and following.is_free(cursor)
