"""One verification of the active tenant's log, from the rows to what others hold."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from uuid import UUID

from django.db import connections
from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce

from audit.chain import START
from audit.merkle import Frontier
from audit.models import Head, Seal
from audit.verifying import held as holding
from audit.verifying import log_lines, pending, removing, resting, signatures
from audit.verifying.findings import Basis, Check, Depth, Findings, Verification, sorted_faults
from audit.verifying.held import Held
from audit.verifying.removing import Removals
from audit.verifying.rows import Checker
from audit.verifying.signatures import Signed
from audit.verifying.walking import Progress, Walk
from kernel import tenancy

FIRST = UUID(int=0)
BEGINNINGS = 3


def quietly(done: int, of: int) -> None:
    """Tell nobody how far it is."""
    del done, of


def verify(
    *, depth: Depth = Depth.FULL, held: Held | None = None, lines: Iterable[str] = (), on_progress: Progress = quietly
) -> Verification:
    """Check the log: each entry's text, MAC and columns, the chain, the tree, all signatures, what home and what the caller keeps.

    A quick one begins behind the last check that found the log sound, and names it. What is signed is read and the head
    before the rows, so that what is added meanwhile stands behind it and is left to the next check. What finds a fault while something is removed
    because its time is over begins anew: what may be missing is read first, and was another then.
    """
    with _sheltered():
        found = _settled(depth, held=held, on_progress=on_progress)
        return _with_lines(found, lines=lines)


def _settled(depth: Depth, *, held: Held | None, on_progress: Progress) -> Verification:
    for _ in range(BEGINNINGS - 1):
        removed = removing.newest()
        found = _verified(depth, held=held, on_progress=on_progress)
        if not found.faults or removing.newest() == removed:
            return found
    return _verified(depth, held=held, on_progress=on_progress)


def _with_lines(found: Verification, *, lines: Iterable[str]) -> Verification:
    """What was found, and whether the lines that a log collector kept agree. Each of them is read once, however many there are."""
    findings = Findings()
    log_lines.check(lines, size=found.size, findings=findings)
    return replace(found, faults=sorted_faults([*found.faults, *findings.faults]), doubts=(*found.doubts, *findings.doubts))


def _sheltered() -> AbstractContextManager[None]:
    """A savepoint inside a transaction of the caller's, which a statement that fails must not end. None is begun, for it would be open for minutes."""
    return tenancy.atomic() if connections[tenancy.current_alias()].in_atomic_block else nullcontext()


def _verified(depth: Depth, *, held: Held | None, on_progress: Progress) -> Verification:
    findings = Findings()
    newest = signatures.read(after=-1)
    head = Head.objects.first() or Head(size=0, chain=START)
    basis = resting.basis(head) if depth is Depth.QUICK else None
    removals = removing.read(findings)
    walk = _walk(head, basis=basis, signed=newest, held=held, removals=removals, findings=findings)
    walk.go(head.size, on_progress=on_progress)
    _compare_end(walk, head=head, findings=findings)
    looked_at = _behind(newest, size=walk.first_size)
    signatures.compare(looked_at, head=head, roots=walk.roots, is_complete=not removals.told, findings=findings)
    if held is not None:
        keys = signatures.verifiers(Findings())
        holding.compare(held, keys=keys, head=head, roots=walk.roots, findings=findings)
    since = FIRST if walk.basis is None else resting.since(walk.basis)
    waiting = pending.check(since=since, size=head.size, checker=walk.checker, findings=findings)
    _doubt_persons(walk, findings=findings)
    return Verification(
        checked=walk.checked + waiting,
        size=head.size,
        epoch=head.epoch,
        pending=waiting,
        root=walk.frontier.root().hex(),
        chain=bytes(head.chain).hex(),
        basis=walk.basis,
        removed=removals.told,
        faults=findings.faults,
        doubts=findings.doubts,
    )


def _walk(head: Head, *, basis: Basis | None, signed: Signed, held: Held | None, removals: Removals, findings: Findings) -> Walk:
    wanted = signed.sizes | ({held.size} if held is not None else set())
    walk = Walk(findings=findings, removals=removals, checker=Checker(), wanted=wanted)
    known = resting.frontier(basis, findings=findings) if basis is not None else None
    if basis is not None and known is not None and (held is None or held.size >= basis.size):
        walk.begin(known, chain=basis.chain, basis=basis)
    elif head.minimum_index:
        walk.begin(_anchor(head, removals=removals, findings=findings), chain=bytes(head.anchor_chain), basis=None)
    return walk


def _anchor(head: Head, *, removals: Removals, findings: Findings) -> Frontier:
    """The tree below the first seal that is kept. It must be what a checkpoint said of that size."""
    size = head.minimum_index
    if not removals.covers_seals(size):
        what = f"the seals up to {size} are not kept, and no entry tells of their removal"
        findings.fault(Check.CHAIN, 1, what, expected="seal 1", found=f"seal {size + 1}")
    try:
        return Frontier(size, bytes(head.anchor_frontier))
    except ValueError as fault:
        findings.fault(
            Check.CHAIN, 1, "what stands for the removed seals is not whole", expected=f"a tree of {size}", found=str(fault)
        )
        return Frontier(size, bytes(32 * size.bit_count()))


def _behind(signed: Signed, *, size: int) -> Signed:
    """What was signed of a log at least as long, and what home remembers of one: the rest was checked by the check that this one rests on."""
    published = None if signed.published is None or signed.published.size < size else signed.published
    return Signed(tuple(one for one in signed.statements if one.size >= size), published, signed.is_home_away)


def _compare_end(walk: Walk, *, head: Head, findings: Findings) -> None:
    """The head is what the sealer goes on from: it must say where the rows end, and nothing may stand outside them."""
    reached, end = walk.reached, bytes(head.chain)
    if reached != head.size or walk.chain != end:
        what = f"the chain ends at {reached}, its head says {head.size}"
        findings.fault(
            Check.CHAIN,
            min(reached, head.size) + 1,
            what,
            expected=f"{head.size} {end.hex()}",
            found=f"{reached} {walk.chain.hex()}",
        )
    frontier = bytes(head.frontier)
    if frontier and walk.is_whole and frontier != bytes(walk.frontier):
        what = f"the tree's frontier in the head is not that of {head.size} seals"
        findings.fault(Check.CHAIN, max(1, head.size), what, expected=bytes(walk.frontier).hex(), found=frontier.hex())
    if _has_strays():
        findings.fault(Check.CHAIN, head.size + 1, "there are seals outside the chain", expected="none", found="some")


def _has_strays() -> bool:
    """Whether a seal stands before the first place or behind the head; one statement, so that a sealer at work is never seen half-way."""
    size = Coalesce(Subquery(Head.objects.values("size")[:1]), 0)
    return Seal.objects.filter(Q(seq__lt=1) | Q(seq__gt=size)).exists()


def _doubt_persons(walk: Walk, *, findings: Findings) -> None:
    """A key that is not there and that nobody destroyed on purpose: what it sealed cannot be compared with the columns."""
    unreadable = sorted(walk.checker.keys.unreadable)
    if unreadable:
        what = f"the keys of {len(unreadable)} persons do not open what was sealed with them, the first that of {unreadable[0]}"
        findings.doubt(Check.TEXT, 1, what, expected="a key, or the mark that the person was forgotten", found="neither")
    lingering = sorted(walk.checker.keys.lingering)
    if lingering:
        what = f"the columns of {len(lingering)} entries still show somebody who is forgotten, the first those of {lingering[0]}"
        findings.doubt(Check.TEXT, 1, what, expected="empty columns, within a day", found="a label or an address")
