"""How streams do: how far each has come, what waits, what went wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import following
from audit.models import Cursor, Seal, Stream
from audit.streams import specifications
from kernel import clock
from kernel.clock import rfc3339, rfc3339_or_none

LIVE, BEHIND, FAILING, PAUSED = "live", "behind", "failing", "paused"


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """How a stream does: `state` is live, behind, failing or paused; `seq` the last place sent.

    `lag_entries` counts what waits, filtered or not; `lag_s` is how long ago the first of it was sealed, in whole seconds, 0 when nothing waits.
    """

    state: str
    seq: int
    lag_entries: int
    lag_s: int
    attempts: int
    fault: str
    retries_at: datetime | None


def of_all(found: list[Stream]) -> dict[UUID, StreamStatus]:
    """How several streams do, by id, in three queries."""
    size, now = following.log_size(), clock.now()
    places = {cursor.name: cursor for cursor in Cursor.objects.filter(name__in=[row.cursor_name for row in found])}
    sealed = dict(Seal.objects.filter(seq__in=[cursor.seq + 1 for cursor in places.values()]).values_list("seq", "sealed_at"))
    return {row.pk: _of(row, places.get(row.cursor_name), size=size, sealed=sealed, now=now) for row in found}


def document(found: Stream, *, status: StreamStatus) -> dict[str, Any]:
    """A stream as the API and the command show it: everything but its secret, of which only its being there shows."""
    return {
        "id": found.public_id,
        "name": found.name,
        "kind": found.kind,
        "target": specifications.host_of(found.kind, settings=found.settings),
        "format": found.format,
        "format_version": found.format_version,
        "settings": found.settings,
        "has_secret": bool(found.sealed_secret),
        "filters": found.filters,
        "state": status.state,
        "seq": status.seq,
        "lag_entries": status.lag_entries,
        "lag_s": status.lag_s,
        "attempts": status.attempts,
        "fault": status.fault,
        "retries_at": rfc3339_or_none(status.retries_at),
        "paused_at": rfc3339_or_none(found.paused_at),
        "sent_at": rfc3339_or_none(found.sent_at),
        "created_at": rfc3339(found.created_at),
        "version": found.version,
    }


def _of(row: Stream, cursor: Cursor | None, *, size: int, sealed: dict[int, datetime], now: datetime) -> StreamStatus:
    seq, attempts = (0, 0) if cursor is None else (cursor.seq, cursor.attempts)
    lag, since = max(0, size - seq), sealed.get(seq + 1)
    lag_s = 0 if since is None or not lag else max(0, int((now - since).total_seconds()))
    if row.paused_at is not None:
        state = PAUSED
    elif attempts:
        state = FAILING
    else:
        state = BEHIND if lag else LIVE
    fault, retries_at = ("", None) if cursor is None else (cursor.fault, cursor.not_before)
    return StreamStatus(state, seq, lag, lag_s, attempts, fault, retries_at)
