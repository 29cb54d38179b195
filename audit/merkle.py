"""The tree over the log: RFC 6962 section 2.1 (and RFC 9162 section 2.1, which hashes the same way): pure arithmetic on hashes.

A node stands for two neighbours: SHA-256(0x01 ‖ left ‖ right). A leaf is SHA-256(0x00 ‖ text), made by `audit.chain.leaf_of`. A range of leaves is
half-open and counts from 0, as the RFCs do; `seq` of a seal counts from 1, so that the entry with `seq` n is the leaf n - 1. A complete subtree is
named by its height and its position in that height: it stands for the leaves from position * 2^height, 2^height of them.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()

Range = tuple[int, int]
"""From the first leaf up to, and without, the last."""


class Node(NamedTuple):
    """The name of a complete subtree."""

    height: int
    position: int


Read = Callable[[Node], bytes]
"""The hash of a complete subtree."""


class Complete(NamedTuple):
    """A subtree of 256^level leaves that has become complete: where it stands among those of its level, and its hash."""

    level: int
    position: int
    hash: bytes


class Frontier:
    """What must be kept of a tree so that it can grow: the roots of its complete subtrees, from the largest to the smallest.

    As many hashes as `size` has bits set: at most 2 kB, however long the log is.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, raw: bytes = b"") -> None:
        """Begin with an empty tree, or go on from the bytes that another one gave. Raises ValueError when they do not fit the size."""
        if len(raw) != HASH_BYTES * size.bit_count():
            raise ValueError(f"a tree of {size} leaves has a frontier of {HASH_BYTES * size.bit_count()} bytes, not {len(raw)}")
        self.size = size
        self._hashes = [raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES)]

    def __bytes__(self) -> bytes:
        return b"".join(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf at the end."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> list[Complete]:
        """Add leaves at the end; the subtrees of 256, 65,536 … leaves that became complete by it, in the order in which they did."""
        stack, size, sha256 = self._hashes, self.size, hashlib.sha256
        done: list[Complete] = []
        for leaf in leaves:
            node, bits, height = leaf, size, 0
            while bits & 1:
                node = sha256(b"\1" + stack.pop() + node).digest()
                bits >>= 1
                height += 1
                if not height % TILE_HEIGHT:
                    done.append(Complete(height // TILE_HEIGHT, size >> height, node))
            stack.append(node)
            size += 1
        self.size = size
        return done

    def join(self, other: "Frontier") -> list[Complete]:
        """Add the leaves of another tree at the end; the subtrees of 256, 65,536 … leaves that became complete by it and were not in the other.

        Raises ValueError unless the other tree is a subtree there: this one's size is a multiple of the power of two that holds the other.
        """
        if self.size % (1 << max(0, other.size - 1).bit_length()):
            raise ValueError(f"a tree of {other.size} leaves is no subtree behind {self.size}")
        hashes, done = bytes(other), list[Complete]()
        heights = [height for height in range(other.size.bit_length() - 1, -1, -1) if other.size >> height & 1]
        for place, start in enumerate(heights):
            node, height = hashes[place * HASH_BYTES :][:HASH_BYTES], start
            while self.size >> height & 1:
                node, height = parent(self._hashes.pop(), node), height + 1
                if not height % TILE_HEIGHT:
                    done.append(Complete(height // TILE_HEIGHT, self.size >> height, node))
            self._hashes.append(node)
            self.size += 1 << start
        return done

    def root(self) -> bytes:
        """The hash that stands for all leaves."""
        return _folded(self._hashes) if self._hashes else EMPTY_ROOT


def parent(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The hash that stands for these leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion_ranges(index: int, *, size: int) -> list[Range]:
    """The ranges of leaves whose roots prove that a leaf stands at `index`, from its neighbour up to the child of the root.

    Source: PATH of RFC 6962 section 2.1.1. Raises ValueError for a leaf that a tree of this size does not have.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    found, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _left_width(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges of leaves whose roots prove that a tree of `second` leaves begins with that of `first`.

    Source: PROOF of RFC 6962 section 2.1.2. Raises ValueError unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise ValueError(f"there is no proof from {first} to {second} leaves")
    found, begin, end = [], 0, second
    while end != first:
        middle = begin + _left_width(end - begin)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    if begin:
        found.append((begin, end))
    return found[::-1]


def cover(wanted: Range) -> list[Node]:
    """The complete subtrees that a range of a proof consists of, from left to right; at most one of each height."""
    begin, end = wanted
    found = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        found.append(Node(height, begin >> height))
        begin += 1 << height
    return found


def range_root(wanted: Range, read: Read) -> bytes:
    """The hash that stands for a range of a proof."""
    return _folded([read(node) for node in cover(wanted)])


def inclusion_proof(index: int, *, size: int, read: Read) -> list[bytes]:
    """The hashes that prove a leaf's place in a tree of `size` leaves, from the leaf upwards; at most 2 kB of them. Raises ValueError."""
    return [range_root(wanted, read) for wanted in inclusion_ranges(index, size=size)]


def consistency_proof(first: int, second: int, *, read: Read) -> list[bytes]:
    """The hashes that prove that the longer tree begins with the shorter; none when both are equally long. Raises ValueError."""
    return [range_root(wanted, read) for wanted in consistency_ranges(first, second)]


def verify_inclusion(leaf: bytes, *, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the leaf stands at `index` in the tree of `size` leaves with this root. Source: RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = parent(sibling, found)
            place, last = _up_from_the_right(place, last)
        else:
            found = parent(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(first: int, second: int, *, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `second` leaves begins with the tree of `first`. Source: RFC 9162 section 2.1.4.2.

    Nothing can be said of an empty tree, which every tree begins with: the answer is no.
    """
    if first == second > 0:
        return not proof and first_root == second_root
    if not 0 < first < second or not _are_hashes(first_root, second_root, *proof):
        return False
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = parent(node, old), parent(node, new)
            place, last = _up_from_the_right(place, last)
        else:
            new = parent(new, node)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def _left_width(width: int) -> int:
    """The largest power of two smaller than a width of at least 2: where the RFC splits a tree."""
    return 1 << ((width - 1).bit_length() - 1)


def _folded(hashes: Sequence[bytes]) -> bytes:
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = parent(left, found)
    return found


def _up_from_the_right(place: int, last: int) -> Range:
    """Skip the levels at which the right edge of a tree has no neighbour."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
