"""What waits in the active tenant's log, and for how long: for its seal, for a signature, for those who read on."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from audit import partitions
from audit.doctor.findings import Lack
from audit.models import Anchor, Checkpoint, Cursor, Head, QueuedEntry, Seal
from kernel import clock, tenancy

PATIENCE_S = 60.0
"""For a seal and for a signature: sweeps come every few seconds."""

CURSOR_PATIENCE_S = 900.0
ANCHOR_PATIENCE_S = 3600.0
SKEW_S = 5.0
WORKERS = "Start worker and beat (make up); if they run, look in the log for audit.seal."


@dataclass(frozen=True, slots=True)
class Delays:
    """In numbers.

    Entries that wait for a seal and the seconds that the oldest has waited; how long the last seal took to come; the seconds since the first
    sealed entry that no checkpoint covers; the seconds by which the database's clock is ahead of ours.
    """

    waiting: int
    queue_s: float
    seal_lag_s: float
    unsigned_s: float
    clock_skew_s: float


def measured() -> Delays:
    """The delays of the active tenant's log."""
    now = clock.now()
    oldest = QueuedEntry.objects.order_by("entry_id").values_list("entry_id", flat=True).first()
    last = Seal.objects.order_by("-seq").first()
    lag = 0.0 if last is None else (last.sealed_at.timestamp() - partitions.moment_of(last.entry_id))
    return Delays(
        waiting=QueuedEntry.objects.count(),
        queue_s=0.0 if oldest is None else _not_negative(now.timestamp() - partitions.moment_of(oldest)),
        seal_lag_s=_not_negative(lag),
        unsigned_s=_unsigned(now),
        clock_skew_s=_skew(),
    )


def lacks(found: Delays) -> Iterator[Lack]:
    """Which of these delays are too long, and who reads on too late."""
    if found.queue_s > PATIENCE_S:
        detail = f"{found.waiting} entries wait for their seal, the oldest for {found.queue_s:.0f} s."
        yield Lack("queue", "audit_queuedentry", detail, WORKERS)
    if found.unsigned_s > PATIENCE_S:
        yield Lack(
            "checkpoint",
            "audit_checkpoint",
            f"Sealed entries have waited {found.unsigned_s:.0f} s for a signed checkpoint.",
            WORKERS,
        )
    if abs(found.clock_skew_s) > SKEW_S:
        detail = f"The database's clock is {found.clock_skew_s:+.1f} s against this process's."
        yield Lack("clock", "clock", detail, "Let both machines take their time from the same source (NTP).")
    yield from _late_readers()
    yield from _late_anchors()


def _late_readers() -> Iterator[Lack]:
    size = Head.objects.values_list("size", flat=True).first() or 0
    for cursor in Cursor.objects.filter(seq__lt=size, attempts__gt=0).order_by("name"):
        late = (clock.now() - cursor.moved_at).total_seconds()
        if late > CURSOR_PATIENCE_S:
            detail = f"{size - cursor.seq} entries behind, {cursor.attempts} attempts since the last success {late:.0f} s ago: {cursor.fault}"
            yield Lack("cursor", cursor.name, detail, "Mend what the fault names; it goes on by itself from where it stopped.")


def _late_anchors() -> Iterator[Lack]:
    """Anchors whose time is long over while a checkpoint waits for them; those that are paused are somebody's wish."""
    newest = Checkpoint.objects.order_by("-epoch", "-size").first()
    if newest is None:
        return
    now = clock.now()
    for anchor in Anchor.objects.filter(paused_at=None).exclude(last_epoch=newest.epoch, last_size=newest.size).order_by("name"):
        behind = (now - (anchor.last_at or anchor.created_at)).total_seconds() - anchor.every_s
        if behind > ANCHOR_PATIENCE_S:
            detail = f"No checkpoint for {behind / 3600:.0f} hours after its time: {anchor.fault or 'no task came for it'}"
            yield Lack(
                "cursor",
                f"anchor {anchor.name}",
                detail,
                "Mend what the fault names, or pause it; `manage.py anchor test` tries it.",
            )


def _unsigned(now: datetime) -> float:
    signed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    first = Seal.objects.filter(seq__gt=signed).order_by("seq").values_list("sealed_at", flat=True).first()
    return 0.0 if first is None else _not_negative((now - first).total_seconds())


def _skew() -> float:
    """The database's clock against ours, in the middle of the question's journey."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        (there,) = cursor.fetchone()
        return float(there) - (asked + time.time()) / 2


def _not_negative(seconds: float) -> float:
    return max(0.0, seconds)
