"""The tree's inner hashes at rest: for each level the roots of subtrees of 256^level leaves, 256 of them in a row (C2SP tlog-tiles).

The leaves, level 0, are the seals themselves. Tiles follow from the seals; they only make proofs fast.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.db import connections
from django.db.backends.utils import CursorWrapper

from audit.merkle import HASH_BYTES, TILE_WIDTH, Complete, Frontier
from audit.models import Head, Seal
from kernel import tenancy

LEVEL_SHIFT = 48
BEGIN = "INSERT INTO audit_tile (key, hashes) VALUES (%s, %s)"
GROW = "UPDATE audit_tile SET hashes = hashes || %s WHERE key = %s AND octet_length(hashes) = %s"
REPLACE = "INSERT INTO audit_tile (key, hashes) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET hashes = excluded.hashes"
REGROW = "UPDATE audit_tile SET hashes = substr(hashes, 1, %s) || %s WHERE key = %s"
CHUNK = 4096


class BrokenTiles(RuntimeError):
    """The tiles do not fit the log: somebody changed them. Emptying `frontier` of the head has them built anew from the seals."""


def key_of(level: int, tile: int) -> int:
    """The key of a tile: its level and its index within that."""
    return (level << LEVEL_SHIFT) | tile


def append(cursor: CursorWrapper, complete: Iterable[Complete]) -> None:
    """Add subtrees that have become complete to their tiles. Raises BrokenTiles."""
    for key, (start, hashes) in _by_tile(complete).items():
        if start == 0:
            cursor.execute(BEGIN, [key, hashes])
        else:
            cursor.execute(GROW, [hashes, key, start * HASH_BYTES])
        if cursor.rowcount != 1:
            raise BrokenTiles(f"tile {key} does not end where the log does")


def rebuild(size: int) -> Frontier:
    """Build tree and tiles of a log of `size` entries from its seals, and return its frontier. Raises BrokenTiles when seals are missing.

    For logs that are older than the tree; reads a million seals in a few seconds, in steady memory.
    """
    frontier, done = _beginning(), []
    seals = Seal.objects.filter(seq__gt=frontier.size, seq__lte=size).order_by("seq").values_list("leaf", flat=True)
    for chunk in _chunks(bytes(leaf) for leaf in seals.iterator(chunk_size=CHUNK)):
        done += frontier.extend(chunk)
    if frontier.size != size:
        raise BrokenTiles(f"the log has {frontier.size} seals, its head says {size}")
    with connections[tenancy.current_alias()].cursor() as cursor:
        for key, (start, hashes) in _by_tile(done).items():
            # A tile that begins before the first seal that is kept still has its first hashes, and keeps them.
            cursor.execute(REGROW if start else REPLACE, [start * HASH_BYTES, hashes, key] if start else [key, hashes])
    return frontier


def _beginning() -> Frontier:
    """The tree below the first seal that is kept: empty, unless older seals were pruned."""
    head = Head.objects.first()
    return Frontier() if head is None else Frontier(head.minimum_index, bytes(head.anchor_frontier))


def _by_tile(complete: Iterable[Complete]) -> dict[int, tuple[int, bytes]]:
    """For the key of each tile: at which of its places the new hashes begin, and the hashes in a row."""
    found: defaultdict[int, list[Complete]] = defaultdict(list)
    for subtree in complete:
        found[key_of(subtree.level, subtree.position // TILE_WIDTH)].append(subtree)
    return {key: (rows[0].position % TILE_WIDTH, b"".join(row.hash for row in rows)) for key, rows in found.items()}


def _chunks(leaves: Iterable[bytes]) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    for leaf in leaves:
        held.append(leaf)
        if len(held) == CHUNK:
            yield held
            held = []
    yield held
