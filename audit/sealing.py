"""Sealing: entries from the queue get their place in the chain. One sealer per tenant at a time, in batches, outside any business transaction.

A chain computed inside the business transaction allows one commit at a time (5 % of the throughput of a busy tenant); a queue filled by a
trigger and drained here keeps 81 % and loses nothing (ADR 7). Runs under the sealer's role, the only one that may write seals.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import connections

from audit.chain import START, leaf_of, link
from kernel import clock, sealing, tenancy

BATCH = 5000
TAKE = """
WITH taken AS (
    DELETE FROM audit_queuedentry WHERE entry_id IN (SELECT entry_id FROM audit_queuedentry ORDER BY entry_id LIMIT %s) RETURNING entry_id
)
SELECT e.id, e.canonical FROM audit_entry e JOIN taken ON taken.entry_id = e.id ORDER BY e.id
"""
HEAD = "SELECT size, chain FROM audit_head WHERE id = 1 FOR UPDATE"
MOVE_HEAD = """
INSERT INTO audit_head (id, size, chain) VALUES (1, %s, %s) ON CONFLICT (id) DO UPDATE SET size = excluded.size, chain = excluded.chain
"""
KEEP = "COPY audit_seal (seq, entry_id, leaf, chain, sealed_at) FROM STDIN"


def mac_of(canonical: str) -> bytes:
    """32 bytes that only this installation can make of a text: finds a change made by somebody who can write the table but has no key."""
    return sealing.digest(canonical.encode(), purpose="audit-entry")


def seal_batch() -> int:
    """Seal up to 5,000 waiting entries of the active tenant; the number sealed, 0 when none wait or another sealer is at work."""
    with tenancy.atomic(), connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7100))", [tenancy.current().schema])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(TAKE, [BATCH])
        waiting: Sequence[tuple[UUID, str]] = cursor.fetchall()
        if not waiting:
            return 0
        cursor.execute(HEAD)
        size, chain = cursor.fetchone() or (0, START)
        chain, now = bytes(chain), clock.now()
        with cursor.copy(KEEP) as copy:
            for entry_id, canonical in waiting:
                leaf = leaf_of(canonical)
                size, chain = size + 1, link(chain, leaf)
                copy.write_row((size, entry_id, leaf, chain, now))
        cursor.execute(MOVE_HEAD, [size, chain])
    return len(waiting)
