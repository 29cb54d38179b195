"""Proofs from what is kept: seals are the leaves, tiles the inner hashes, and the anchor stands for what was pruned.

A proof needs at most two hashes of each height, which lie in a few tiles and in one or two short stretches of seals: two queries, whatever the
size of the log.
"""

from collections.abc import Iterable

from django.db.models import Q

from audit import merkle, tiles
from audit.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Node, Range
from audit.models import Head, Seal, Tile


class OutOfReach(ValueError):
    """The log is not that long, or what the proof needs was pruned."""


def root_at(size: int) -> bytes:
    """The hash that stood for the log when it had `size` entries. Raises OutOfReach."""
    head = _head(size)
    if size == 0:
        return merkle.EMPTY_ROOT
    found = _read([(0, size)], head=head)
    return merkle.range_root((0, size), found.__getitem__)


def inclusion(seq: int, *, size: int) -> list[bytes]:
    """The hashes that prove the entry with this `seq` (from 1) in the log of `size` entries, from the leaf upwards. Raises OutOfReach."""
    head = _head(size)
    if not 0 < seq <= size:
        raise OutOfReach(f"a log of {size} entries has no entry {seq}")
    found = _read(merkle.inclusion_ranges(seq - 1, size=size), head=head)
    return merkle.inclusion_proof(seq - 1, size=size, read=found.__getitem__)


def consistency(first: int, second: int) -> list[bytes]:
    """The hashes that prove that the log of `second` entries begins with that of `first`. Raises OutOfReach."""
    head = _head(second)
    if not 0 < first <= second:
        raise OutOfReach(f"there is no proof from {first} to {second} entries")
    found = _read(merkle.consistency_ranges(first, second), head=head)
    return merkle.consistency_proof(first, second, read=found.__getitem__)


def hashes_of(ranges: Iterable[Range], *, size: int) -> list[bytes]:
    """The hash of each range in the log of `size` entries, in their order; each must be what a proof consists of. Raises OutOfReach."""
    wanted = list(ranges)
    found = _read(wanted, head=_head(size))
    return [merkle.range_root(one, found.__getitem__) for one in wanted]


def _head(size: int) -> Head:
    head = Head.objects.first() or Head(size=0)
    if size < 0 or size > head.size:
        raise OutOfReach(f"the log has {head.size} entries")
    return head


def _read(ranges: Iterable[Range], *, head: Head) -> dict[Node, bytes]:
    """The hashes of all complete subtrees that some ranges consist of."""
    known = _anchored(head)
    wanted = [node for one in ranges for node in merkle.cover(one)]
    pieces = [piece for node in wanted for piece in _pieces(node, known=known, minimum=head.minimum_index)]
    missing = [piece for piece in pieces if piece not in known]
    known |= _from_seals([node for node in missing if node.height < TILE_HEIGHT])
    known |= _from_tiles([node for node in missing if node.height >= TILE_HEIGHT])
    return {node: _joined(node, known=known) for node in wanted}


def _anchored(head: Head) -> dict[Node, bytes]:
    """What the anchor says of the entries that were pruned."""
    raw = bytes(head.anchor_frontier)
    nodes = merkle.cover((0, head.minimum_index)) if raw else []
    return {node: raw[place * HASH_BYTES : (place + 1) * HASH_BYTES] for place, node in enumerate(nodes)}


def _pieces(node: Node, *, known: dict[Node, bytes], minimum: int) -> list[Node]:
    """A subtree itself; or, where it begins before the first seal that is kept, the parts that can still be told."""
    begin, end = node.position << node.height, (node.position + 1) << node.height
    if node in known or node.height >= TILE_HEIGHT or begin >= minimum:
        return [node]
    if end <= minimum:
        raise OutOfReach(f"the seals up to {minimum} were pruned")
    return [piece for half in _halves(node) for piece in _pieces(half, known=known, minimum=minimum)]


def _halves(node: Node) -> tuple[Node, Node]:
    return Node(node.height - 1, node.position * 2), Node(node.height - 1, node.position * 2 + 1)


def _joined(node: Node, *, known: dict[Node, bytes]) -> bytes:
    found = known.get(node)
    return found if found is not None else merkle.parent(*(_joined(half, known=known) for half in _halves(node)))


def _from_seals(nodes: list[Node]) -> dict[Node, bytes]:
    if not nodes:
        return {}
    stretches = Q()
    for node in nodes:
        stretches |= Q(seq__gt=node.position << node.height, seq__lte=(node.position + 1) << node.height)
    leaves = {seq: bytes(leaf) for seq, leaf in Seal.objects.filter(stretches).values_list("seq", "leaf")}
    try:
        return {
            node: merkle.root_of(leaves[(node.position << node.height) + place] for place in range(1, (1 << node.height) + 1))
            for node in nodes
        }
    except KeyError as missing:
        raise OutOfReach(f"seal {missing} is not there") from None


def _from_tiles(nodes: list[Node]) -> dict[Node, bytes]:
    """A tile's hash of level n stands for 256^n entries; a subtree between two levels is the root of a stretch of one tile."""
    places = {node: (node.height // TILE_HEIGHT, node.position << node.height % TILE_HEIGHT) for node in nodes}
    keys = {node: tiles.key_of(level, start // TILE_WIDTH) for node, (level, start) in places.items()}
    found = {row.key: bytes(row.hashes) for row in Tile.objects.filter(key__in=set(keys.values()))}
    return {
        node: merkle.root_of(_stretch(found.get(keys[node], b""), start=start % TILE_WIDTH, width=1 << node.height % TILE_HEIGHT))
        for node, (_, start) in places.items()
    }


def _stretch(hashes: bytes, *, start: int, width: int) -> list[bytes]:
    if len(hashes) < (start + width) * HASH_BYTES:
        raise OutOfReach("a tile of the tree is not there")
    return [hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES] for place in range(start, start + width)]
