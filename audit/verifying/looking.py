"""A block of the log at a glance: either all in it is as it should be, which says itself in a few hundred bytes, or it takes a closer look."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from audit.merkle import Complete, Frontier
from audit.verifying.reading import Raw, Span
from audit.verifying.rows import Checker


class Part(NamedTuple):
    """A block in which each text, MAC, column, leaf and link holds, and no place is empty. How it joins what stands before it is for others to see.

    `tree` is the frontier of a tree of these `size` entries alone; `complete` are its subtrees that belong to tiles, and `stops` pairs of a size of
    this tree that somebody wants to know and the frontier at that size.
    """

    first: int
    size: int
    first_leaf: bytes
    first_link: bytes
    last_link: bytes
    tree: bytes
    complete: list[Complete]
    stops: list[tuple[int, bytes]]


def look(rows: Sequence[Raw], span: Span, *, checker: Checker, wanted: frozenset[int]) -> Part | None:
    """The part of the log that these rows of a block are; None when anything is amiss, or unusual enough to be looked at one by one.

    `wanted` are the sizes of the log whose roots are to be known.
    """
    first, last = span
    size = last - first + 1
    # A tree of its own is a subtree of the log only where a multiple of its width ends.
    is_subtree = (first - 1) % (1 << (size - 1).bit_length()) == 0
    if not is_subtree or len(rows) != size or not checker.is_sound(rows):
        return None
    leaves = _linked(rows, first=first)
    return _part(rows, leaves, first=first, wanted=wanted) if len(leaves) == size else None


def _linked(rows: Sequence[Raw], *, first: int) -> list[bytes]:
    """The leaves of the rows, as far as they stand in their places, are those of the texts and are linked to one another."""
    sha256, leaves, before = hashlib.sha256, list[bytes](), b""
    for expected, (seq, _, stored, chain, text, *_) in enumerate(rows, first):
        if seq != expected or sha256(b"\0" + text).digest() != stored:
            break
        if before and sha256(before + stored).digest() != chain:
            break
        before = chain
        leaves.append(stored)
    return leaves


def _part(rows: Sequence[Raw], leaves: list[bytes], *, first: int, wanted: frozenset[int]) -> Part:
    tree, complete, stops, grown = Frontier(), list[Complete](), list[tuple[int, bytes]](), 0
    for place in [*_stops(first, len(leaves), wanted=wanted), len(leaves)]:
        complete += tree.extend(leaves[grown:place])
        stops.append((place, bytes(tree)))
        grown = place
    return Part(
        first=first,
        size=len(leaves),
        first_leaf=leaves[0],
        first_link=rows[0][3],
        last_link=rows[-1][3],
        tree=bytes(tree),
        complete=complete,
        stops=stops[:-1],
    )


def _stops(first: int, size: int, *, wanted: frozenset[int]) -> list[int]:
    """How many leaves of a block stand before each wanted size of the log, in order."""
    return [place for place in range(1, size + 1) if first - 1 + place in wanted] if wanted else []
