"""Sealing: entries from the queue get their place in the chain and in the tree. One sealer per tenant at a time, in batches, outside any business transaction.

A chain computed inside the business transaction allows one commit at a time (5 % of the throughput of a busy tenant); a queue filled by a
trigger and drained here keeps 81 % and loses nothing (ADR 7). Runs under the sealer's role, the only one that may write seals. Signing is a step
of its own, in a later transaction (`audit.signing`): what is signed is then already kept wherever a commit has to be kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from uuid import UUID

import structlog
from django.db import connections
from django.db.backends.utils import CursorWrapper

from audit import nudging, tiles, turns
from audit.chain import START, leaf_of, link
from audit.merkle import Frontier
from kernel import clock, sealing, tenancy

BATCH = 5000
MAC_PURPOSE = "audit-entry"
WAITS = "SELECT EXISTS (SELECT FROM audit_queuedentry)"
TAKE = """
WITH taken AS (
    DELETE FROM audit_queuedentry WHERE entry_id IN (SELECT entry_id FROM audit_queuedentry ORDER BY entry_id LIMIT %s) RETURNING entry_id
)
"""
TAKE_ONE = "WITH taken AS (DELETE FROM audit_queuedentry WHERE entry_id = %s RETURNING entry_id)"
# OFFSET keeps the planner from joining the two: with a batch of this size it would read the whole trail each time, instead of an index.
BODIES = """
SELECT taken.entry_id, e.canonical FROM taken LEFT JOIN LATERAL (SELECT canonical FROM audit_entry WHERE id = taken.entry_id OFFSET 0) e ON true
 ORDER BY taken.entry_id
"""
HEAD = "SELECT size, chain, frontier FROM audit_head WHERE id = 1 FOR UPDATE"
MOVE_HEAD = """
INSERT INTO audit_head (id, size, chain, frontier) VALUES (1, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET size = excluded.size, chain = excluded.chain, frontier = excluded.frontier
"""
KEEP = "COPY audit_seal (seq, entry_id, leaf, chain, sealed_at) FROM STDIN (FORMAT BINARY)"
COPY_BEGIN, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
ROW = Struct(">hiqi16si32si32siq")
"""Five columns, each with its length before it: packed here, for psycopg takes ten times as long for a row."""
POSTGRES_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Log:
    """The end of a log: the last link of its chain, and the frontier of its tree, which knows its size."""

    chain: bytes
    frontier: Frontier


def mac_of(canonical: str) -> bytes:
    """32 bytes that only this installation can make of a text: finds a change made by somebody who can write the table but has no key."""
    return sealing.digest(canonical.encode(), purpose=MAC_PURPOSE)


def waits() -> bool:
    """Whether an entry of the active tenant waits for its seal."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(WAITS)
        return bool(cursor.fetchone()[0])


def seal_batch() -> int:
    """Seal up to 5,000 waiting entries of the active tenant; the number taken, 0 when none wait or another sealer is at work."""
    if not waits():
        return 0
    with tenancy.atomic():
        if not turns.try_take():
            nudging.sealer_again()
            return 0
        return _seal(TAKE, BATCH)


def seal_one(entry_id: UUID) -> None:
    """Seal one waiting entry before all others, in the caller's transaction; the caller has the turn."""
    _seal(TAKE_ONE, entry_id)


def _seal(statement: str, which: UUID | int) -> int:
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement + BODIES, [which])
        taken: Sequence[tuple[UUID, str | None]] = cursor.fetchall()
        missing = [str(entry_id) for entry_id, text in taken if text is None]
        waiting = [(entry_id, text) for entry_id, text in taken if text is not None]
        if missing:
            log.error("audit.entries_missing", tenant=tenancy.current().slug, number=len(missing), first=missing[:10])
        if waiting:
            _append(cursor, waiting, now=clock.now())
    return len(taken)


def _append(cursor: CursorWrapper, waiting: Sequence[tuple[UUID, str]], *, now: datetime) -> None:
    end = _end_of_log(cursor)
    leaves = [leaf_of(text) for _, text in waiting]
    seq, chain, at = end.frontier.size, end.chain, (now - POSTGRES_BEGINS) // timedelta(microseconds=1)
    rows = []
    for (entry_id, _), leaf in zip(waiting, leaves, strict=True):
        seq, chain = seq + 1, link(chain, leaf)
        rows.append(ROW.pack(5, 8, seq, 16, entry_id.bytes, 32, leaf, 32, chain, 8, at))
    with cursor.copy(KEEP) as copy:
        copy.write(b"".join((COPY_BEGIN, *rows, COPY_END)))
    tiles.append(cursor, end.frontier.extend(leaves))
    cursor.execute(MOVE_HEAD, [end.frontier.size, chain, bytes(end.frontier)])


def _end_of_log(cursor: CursorWrapper) -> _Log:
    """Where the log ends, locked. One that is older than the tree gets its tree here, once."""
    cursor.execute(HEAD)
    size, chain, raw = cursor.fetchone() or (0, START, b"")
    frontier = tiles.rebuild(size) if size and not raw else Frontier(size, bytes(raw))
    return _Log(chain=bytes(chain), frontier=frontier)
