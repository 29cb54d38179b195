"""The second stage: seals below a published checkpoint go. What the log was there is kept, so that everything from there on can still be proven.

The mark moves first, with the frontier of the tree and the last link of the chain at that size (C2SP tlog-tiles, "Pruning"); then seals and tiles
below it are removed in batches. Who is killed between two batches has left some behind that nobody needs, and the next round removes them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Min

from audit import merkle, tree, turns
from audit.merkle import TILE_HEIGHT
from audit.models import Checkpoint, Head, HeldEntry, Pruning, RetentionPolicy, Seal, Tile
from audit.retention import periods
from audit.tiles import key_of
from kernel import clock, tenancy

STAGE = "seals"
BATCH = 10_000
CANDIDATES = 200
PRESENT = """
SELECT min(s.seq) FROM audit_seal s WHERE s.seq > %s AND s.seq <= %s AND EXISTS (SELECT FROM audit_entry e WHERE e.id = s.entry_id)
"""
SWEEP = "DELETE FROM audit_seal WHERE seq IN (SELECT seq FROM audit_seal WHERE seq <= %s ORDER BY seq LIMIT %s)"


class NotWhole(Exception):
    """The log does not say what its checkpoint says, so that nothing may be removed from it: verify it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlan:
    """What would become of the seals: those up to `size`, a checkpoint's, may go; `why_kept` says what keeps the next ones, in words.

    `first_seq` is the first seal that there is; `size` 0 means that none may go.
    """

    first_seq: int
    size: int
    checkpoint: Checkpoint | None = None
    why_kept: str = ""

    @property
    def is_due(self) -> bool:
        """Whether some may go now."""
        return self.checkpoint is not None


def plan() -> SealPlan:
    """How far seals of the active tenant's log may go. Raises NotWhole."""
    head = Head.objects.first() or Head(size=0)
    first = head.minimum_index + 1
    limit, why = _limit(head.minimum_index, policies=periods.policies())
    if limit <= head.minimum_index:
        return SealPlan(first_seq=first, size=0, why_kept=why)
    found = Checkpoint.objects.filter(size__gt=head.minimum_index, size__lte=limit).order_by("-size", "-epoch")[:CANDIDATES]
    for checkpoint in found:
        if tree.root_at(checkpoint.size) == bytes(checkpoint.root):
            return SealPlan(first_seq=first, size=checkpoint.size, checkpoint=checkpoint, why_kept=why)
        if checkpoint.epoch == head.epoch:
            raise NotWhole(f"the log of {checkpoint.size} entries is not the one that its checkpoint signed")
    return SealPlan(first_seq=first, size=0, why_kept=f"No checkpoint was signed between {first} and {limit} entries.")


def mark(chosen: SealPlan) -> Pruning:
    """Let the log begin behind a checkpoint, in the running transaction of the owner; the record of it. Raises NotWhole."""
    turns.take()
    size, root = chosen.size, bytes(chosen.checkpoint.root) if chosen.checkpoint is not None else b""
    nodes = [(node.position << node.height, (node.position + 1) << node.height) for node in merkle.cover((0, size))]
    frontier = b"".join(tree.hashes_of(nodes, size=size))
    last = Seal.objects.get(seq=size)
    if merkle.Frontier(size, frontier).root() != root:
        raise NotWhole(f"the tree of {size} entries is not the one that was signed")
    head = Head.objects.select_for_update().get(pk=1)
    record = Pruning.objects.create(
        stage=STAGE, first_seq=head.minimum_index + 1, last_seq=size, number=size - head.minimum_index, policies=_policies_below(size),
        pruned_at=clock.now(),
    )  # fmt: skip
    head.minimum_index, head.anchor_frontier, head.anchor_chain = size, frontier, bytes(last.chain)
    head.save(update_fields=["minimum_index", "anchor_frontier", "anchor_chain"])
    return record


def sweep_batch() -> int:
    """Remove one batch of what lies below the mark, in the running transaction of the owner; the number of seals and tiles, 0 at the end."""
    minimum = Head.objects.values_list("minimum_index", flat=True).first() or 0
    if not minimum:
        return 0
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(SWEEP, [minimum, BATCH])
        seals: int = cursor.rowcount
    return seals + _drop_tiles(minimum)


def _drop_tiles(minimum: int) -> int:
    """Remove tiles whose last leaf is below the mark; the last hashes of each level stand in the frontier that is kept."""
    gone = 0
    for level in range(1, 64 // TILE_HEIGHT):
        whole = minimum >> (TILE_HEIGHT * (level + 1))
        if not whole:
            break
        gone += Tile.objects.filter(key__gte=key_of(level, 0), key__lt=key_of(level, whole)).delete()[0]
    return gone


def _limit(minimum: int, *, policies: dict[str, RetentionPolicy]) -> tuple[int, str]:
    """Up to which place all seals may go, and what keeps the next one."""
    limit, why = _aged(minimum, policies=policies)
    held = HeldEntry.objects.aggregate(first=Min("seq"))["first"]
    if held is not None and held <= limit:
        limit, why = held - 1, f"The entry at place {held} is held, and its seal proves it."
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(PRESENT, [minimum, limit])
        present = cursor.fetchone()[0]
    return (limit, why) if present is None else (present - 1, f"The body of the entry at place {present} is still there.")


def _aged(minimum: int, *, policies: dict[str, RetentionPolicy]) -> tuple[int, str]:
    """The same by age alone: along the months whose bodies went, as long as the policies of today let go of all their categories."""
    limit, now = minimum, clock.now()
    for row in Pruning.objects.filter(stage="bodies", last_seq__gt=minimum).order_by("first_seq"):
        if row.first_seq > limit + 1:
            break
        days = [policies[name].seal_days if name in policies else 0 for name in row.policies]
        if 0 in days:
            return min(limit, row.first_seq - 1), f"Seals of the entries from place {row.first_seq} on are kept for good."
        until = _sealed_at(row.last_seq) + timedelta(days=max(days, default=0))
        if until > now:
            return min(
                limit, row.first_seq - 1
            ), f"Seals of the entries from place {row.first_seq} on are kept until {until:%Y-%m-%d}."
        limit = max(limit, row.last_seq)
    return limit, f"The bodies of the entries from place {limit + 1} on are still there."


def _sealed_at(seq: int) -> datetime:
    return Seal.objects.values_list("sealed_at", flat=True).get(seq=seq)


def _policies_below(size: int) -> dict[str, Any]:
    names = {name for row in Pruning.objects.filter(stage="bodies", first_seq__lte=size) for name in row.policies}
    return {name: periods.document(policy) for name, policy in periods.policies().items() if name in names}
