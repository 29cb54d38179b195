"""The pass over the log: every sealed row once, in order, from a place that is known to its end."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial

from audit.chain import START, link
from audit.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Complete, Frontier
from audit.models import Tile
from audit.tiles import key_of
from audit.verifying import looking, reading, sharing
from audit.verifying.findings import Basis, Check, Findings
from audit.verifying.looking import Part
from audit.verifying.reading import Raw, Span
from audit.verifying.removing import Removals
from audit.verifying.rows import Checker, Row
from audit.verifying.sharing import Looked

GAP_MAXIMUM = 1000
TILES_AT_ONCE = 500
NOTHING = bytes(HASH_BYTES)

Progress = Callable[[int, int], None]
"""Told how many rows were looked at, and how many there are."""


@dataclass(slots=True)
class Walk:
    """A pass over the log: where it stands, and the roots that it met at the sizes that somebody wants to know."""

    findings: Findings
    removals: Removals
    checker: Checker
    wanted: Collection[int]
    frontier: Frontier = field(default_factory=Frontier)
    chain: bytes = START
    roots: dict[int, bytes] = field(default_factory=dict)
    complete: list[Complete] = field(default_factory=list)
    checked: int = 0
    is_whole: bool = True
    basis: Basis | None = None
    first_size: int = 0
    _leaves: list[bytes] = field(default_factory=list)
    _next: int = 1
    _stops: list[int] = field(default_factory=list)

    def begin(self, frontier: Frontier, *, chain: bytes, basis: Basis | None) -> None:
        """Start behind what is known of the log, instead of at its first entry."""
        self.frontier, self.chain, self.basis, self.first_size = frontier, chain, basis, frontier.size

    @property
    def reached(self) -> int:
        """The place of the last row."""
        return self._next - 1

    def go(self, size: int, *, on_progress: Progress) -> None:
        """Look at all rows up to `size`."""
        start = self._next = self.frontier.size + 1
        self._stops = sorted({wanted for wanted in self.wanted if self.frontier.size < wanted <= size}, reverse=True)
        self.roots[self.frontier.size] = self.frontier.root()
        look = partial(looking.look, checker=self.checker, wanted=frozenset(self._stops))
        with closing(sharing.looked_at(reading.spans(start, size), look=look)) as blocks:
            for span, looked in blocks:
                self._take(span, looked)
                on_progress(span[1] - start + 1, size - start + 1)
        self._compare_tiles()

    def _take(self, span: Span, looked: Looked) -> None:
        if isinstance(looked, Part) and self._follows(looked):
            self._join(looked)
        else:
            self._look_closely(looked if isinstance(looked, list) else reading.rows(span))

    def _follows(self, part: Part) -> bool:
        """Whether a part stands where the walk does, and is linked to it; after a gap the tree is no longer as long as the log, and parts do not fit."""
        is_here = part.first == self._next == self.frontier.size + 1
        return is_here and link(self.chain, part.first_leaf) == part.first_link

    def _join(self, part: Part) -> None:
        for size, frontier in part.stops:
            known = Frontier(self.frontier.size, bytes(self.frontier))
            known.join(Frontier(size, frontier))
            self.roots[self._stops.pop()] = known.root()
        for level, position, node in part.complete:
            before = part.first - 1 >> TILE_HEIGHT * level
            self.complete.append(Complete(level, before + position, node))
        self.complete += self.frontier.join(Frontier(part.size, part.tree))
        self.chain, self._next = part.last_link, part.first + part.size
        self.checked += part.size

    def _look_closely(self, block: list[Raw]) -> None:
        """Look at a block row by row, and say what is wrong with each."""
        for row, said in self.checker.faults(block):
            self.findings.fault(Check.TEXT, row.seq, said.what, expected=said.expected, found=said.found, entry=row.shown_id)
        missing = [Row(*raw) for raw in block if raw[4] is None]
        self.removals.find_held(missing, checker=self.checker, findings=self.findings)
        chain, sha256, expected, leaves, stops = self.chain, hashlib.sha256, self._next, self._leaves, self._stops
        for raw in block:
            seq, _, stored, linked, text = raw[:5]
            if seq != expected:
                self._jump(expected, to=seq)
            leaf = sha256(b"\0" + text).digest() if text is not None else self._bodiless(Row(*raw))
            if leaf != stored:
                self._unlike_its_leaf(Row(*raw), leaf)
            chain = sha256(chain + stored).digest()
            if chain != linked:
                self._unlinked(Row(*raw), chain)
                chain = linked
            leaves.append(leaf)
            expected = seq + 1
            if stops and stops[-1] == seq:
                self._stop()
        self.chain, self._next = chain, expected
        self.checked += len(block)
        self._grow()

    def _bodiless(self, row: Row) -> bytes:
        """The leaf of an entry whose body is not there: the sealed one, when its time was over or it is held elsewhere."""
        held = self.removals.held.get(row.id)
        if held is None and not self.removals.covers_body(row):
            what = f"the entry of seal {row.seq} is missing"
            self.findings.fault(
                Check.CHAIN, row.seq, what, expected="an entry, or a record of its removal", found="neither", entry=row.shown_id
            )
            return NOTHING
        return row.leaf if held is None else held

    def _unlike_its_leaf(self, row: Row, leaf: bytes) -> None:
        if leaf != NOTHING:
            what = f"the leaf of seal {row.seq} does not match its entry"
            self.findings.fault(Check.CHAIN, row.seq, what, expected=leaf.hex(), found=row.leaf.hex(), entry=row.shown_id)

    def _unlinked(self, row: Row, chain: bytes) -> None:
        what = f"seal {row.seq} is not linked to the one before it"
        self.findings.fault(Check.CHAIN, row.seq, what, expected=chain.hex(), found=row.chain.hex(), entry=row.shown_id)

    def _jump(self, expected: int, *, to: int) -> None:
        """Go on behind a gap; the tree is given leaves that nobody has, so that sizes agree and no root does."""
        what = f"seal {expected} is missing"
        self.findings.fault(Check.CHAIN, expected, what, expected=f"seal {expected}", found=f"seal {to}")
        self.is_whole = False
        for seq in range(expected, min(to, expected + GAP_MAXIMUM)):
            self._leaves.append(NOTHING)
            if self._stops and self._stops[-1] == seq:
                self._stop()

    def _stop(self) -> None:
        self._grow()
        self.roots[self._stops.pop()] = self.frontier.root()

    def _grow(self) -> None:
        self.complete += self.frontier.extend(self._leaves)
        self._leaves.clear()

    def _compare_tiles(self) -> None:
        """The inner hashes at rest must be those of this pass; they only make proofs fast, but a proof must not fail because of them."""
        if not self.is_whole:
            return
        by_key: defaultdict[int, list[Complete]] = defaultdict(list)
        for node in self.complete:
            by_key[key_of(node.level, node.position // TILE_WIDTH)].append(node)
        keys = sorted(by_key)
        for start in range(0, len(keys), TILES_AT_ONCE):
            some = keys[start : start + TILES_AT_ONCE]
            found = {tile.key: bytes(tile.hashes) for tile in Tile.objects.filter(key__in=some)}
            for key in some:
                self._compare_tile(by_key[key], found.get(key, b""))

    def _compare_tile(self, nodes: list[Complete], hashes: bytes) -> None:
        for node in nodes:
            place = node.position % TILE_WIDTH * HASH_BYTES
            if hashes[place : place + HASH_BYTES] != node.hash:
                seq = (node.position << 8 * node.level) + 1
                what = f"the tree's tile of level {node.level} does not say what the seals from {seq} on say"
                self.findings.fault(
                    Check.CHAIN, seq, what, expected=node.hash.hex(), found=hashes[place : place + HASH_BYTES].hex() or "nothing"
                )
