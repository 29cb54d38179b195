"""Evidence bundles: entries of the log, what proves them, and what checks them, in one file. The same log and the same question give the same bytes.

The container is a ZIP whose members are stored in the one layout that `verify.py` accepts. What is personal stays sealed, as in the log; readable
entries are added only when they are asked for.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from audit import finding, holds, merkle, notes, personal, signing_keys, tree
from audit.evidence import verify
from audit.evidence.selecting import Selection
from audit.following import Sealed
from audit.models import Checkpoint, Head, Seal, SigningKey
from audit.problems import EvidenceEmpty, EvidenceTooLarge, NotSignedYet, ProofImpossible
from kernel import tenancy

RANGE_MAXIMUM, CHOSEN_MAXIMUM, BYTES_MAXIMUM = 1_000_000, 10_000, 2 * 1024**3
PIECE_BYTES = 1024**2
README = """Evidence from the audit log of {origin}

entries.jsonl       {count} entries, one in a line: the exact text that was hashed, its place (seq), its leaf and its link
manifest.json       what is in this file, with the SHA-256 of each part; manifest.note is its signature
checkpoints/        what the log signed: how long it was, and which hash stood for all of it (C2SP tlog-checkpoint)
proofs/             that the entries stand in that log (C2SP tlog-proof), and that nothing was rewritten between two checkpoints
verify.py           checks all of it with the public key alone; needs Python 3.8 and nothing else

Take verify.py and the log's public key from a source that you trust, not from here: whoever could forge a bundle could put others in.

    python verify.py bundle.zip --key '<the public key>' [--against <a checkpoint that you kept>]

Exit code 0: everything holds. 1: something does not, and is named. 2: it cannot be told.
What is personal is sealed in entries.jsonl ("personal"); entries-readable.jsonl, where it is there, holds the entries as people may read them.
"""


@dataclass(slots=True)
class Bundle:
    """The members of a bundle in their order, each with its content; and what its manifest says."""

    origin: str
    first: int
    last: int
    count: int
    sha256: str
    size_bytes: int
    _members: list[tuple[str, bytes]] = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """The file, piece by piece."""
        directory, at = [], 0
        for name, content in self._members:
            crc = zlib.crc32(content)
            directory.append((name, crc, len(content), at))
            header = verify.local_header(name, crc, len(content))
            at += len(header) + len(content)
            yield header
            yield from (content[start : start + PIECE_BYTES] for start in range(0, len(content), PIECE_BYTES))
        yield verify.directory(directory)


@dataclass(slots=True)
class _Taken:
    """What was read of the log for a bundle."""

    lines: list[bytes] = field(default_factory=list)
    readable: list[bytes] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    bodiless: int = 0
    size_bytes: int = 0


def quietly(done: int, of: int) -> None:
    """Tell nobody how far it is."""
    del done, of


def build(selection: Selection, *, on_progress: Callable[[int, int], None] = quietly) -> Bundle:
    """The evidence for some entries of the active tenant's log, by its newest checkpoint.

    Raises EvidenceEmpty, EvidenceTooLarge, NotSignedYet, and ProofImpossible where what the proofs need was pruned.
    """
    by = _newest_checkpoint()
    try:
        return _build(selection, by=by, on_progress=on_progress)
    except tree.OutOfReach as fault:
        raise ProofImpossible(f"Take entries that are kept whole: {fault}.", size=by.size) from fault


def _build(selection: Selection, *, by: Checkpoint, on_progress: Callable[[int, int], None]) -> Bundle:
    taken = _take(selection, size=by.size, on_progress=on_progress)
    if not taken.seqs:
        raise EvidenceEmpty("Choose a range or filters that hold sealed entries which a checkpoint covers.", size=by.size)
    checkpoints = _checkpoints(taken.seqs[0], by=by)
    note_name = _name_of(by)
    proofs = _range_proofs(taken, by=by) if selection.is_range else _chosen_proofs(taken, by=by)
    members: list[tuple[str, bytes]] = [
        ("readme.txt", README.format(origin=_origin(by), count=len(taken.seqs)).encode()),
        ("verify.py", Path(verify.__file__).read_bytes()),
        *((_name_of(one), one.note.encode()) for one in checkpoints),
        *proofs,
        *_consistency_proofs(checkpoints),
        (verify.ENTRIES, b"".join(taken.lines)),
    ]
    if selection.is_readable:
        members.append(("entries-readable.jsonl", b"".join(taken.readable)))
    manifest = _manifest(selection, taken=taken, by=by, note_name=note_name, members=members)
    signed = _signed(manifest, by=by)
    whole = [(verify.MANIFEST, manifest), (verify.MANIFEST_NOTE, signed.encode()), *members]
    return _bundle(whole, taken=taken, by=by)


def _newest_checkpoint() -> Checkpoint:
    epoch = Head.objects.values_list("epoch", flat=True).first() or 1
    found = Checkpoint.objects.filter(epoch=epoch).order_by("-size").first()
    if found is None:
        raise NotSignedYet("Nothing was signed yet. Ask again in a few seconds.", seq=None, size=0, retry_after_s=5)
    return found


def _take(selection: Selection, *, size: int, on_progress: Callable[[int, int], None]) -> _Taken:
    taken = _Taken()
    for read in selection.batches(until=size):
        chosen = holds.restored(read) if selection.is_range else finding.meant(read, filters=selection.filters)
        _add(taken, chosen, is_readable=selection.is_readable)
        on_progress(read[-1].seq, size)
        limit = RANGE_MAXIMUM if selection.is_range else CHOSEN_MAXIMUM
        if len(taken.seqs) > limit or taken.size_bytes > BYTES_MAXIMUM:
            raise EvidenceTooLarge(
                "Choose fewer entries, and take the rest in further bundles.", limit=limit, limit_bytes=BYTES_MAXIMUM
            )
    return taken


def _add(taken: _Taken, chosen: list[Sealed], *, is_readable: bool) -> None:
    for sealed in chosen:
        canonical = None if sealed.entry is None else sealed.entry.canonical
        line = {"canonical": canonical, "chain": sealed.chain.hex(), "leaf": sealed.leaf.hex(), "seq": sealed.seq}
        taken.lines.append(_json(line) + b"\n")
        taken.seqs.append(sealed.seq)
        taken.bodiless += canonical is None
        taken.size_bytes += len(taken.lines[-1])
    if is_readable:
        there = [sealed for sealed in chosen if sealed.entry is not None]
        documents = personal.opened_all([sealed.entry for sealed in there if sealed.entry is not None])
        taken.readable += [_json({"seq": one.seq, **shown}) + b"\n" for one, shown in zip(there, documents, strict=True)]


def _checkpoints(first: int, *, by: Checkpoint) -> list[Checkpoint]:
    """The first one that covers the first entry, the last of each epoch from there on, and the one that proves everything."""
    covering = Checkpoint.objects.filter(size__gte=first, size__lte=by.size).order_by("size")
    found = {one.pk: one for one in covering[:1]}
    for epoch in covering.order_by("epoch").values_list("epoch", flat=True).distinct():
        last = covering.filter(epoch=epoch).order_by("-size").first()
        found |= {last.pk: last} if last is not None else {}
    found[by.pk] = by
    return sorted(found.values(), key=lambda one: (one.epoch, one.size))


def _name_of(one: Checkpoint) -> str:
    return f"checkpoints/{one.epoch}-{one.size}.note"


def _range_proofs(taken: _Taken, *, by: Checkpoint) -> Iterable[tuple[str, bytes]]:
    """The complete subtrees left and right of a range: with the leaves in between they lead to the root."""
    first, last = taken.seqs[0], taken.seqs[-1]
    left = [_span(node) for node in merkle.cover((0, first - 1))]
    right = [_span(node) for node in _aligned(last, by.size)]
    hashes = [one.hex() for one in tree.hashes_of([*left, *right], size=by.size)]
    heights = [(end - begin).bit_length() - 1 for begin, end in right]
    proof = {
        "first": first,
        "last": last,
        "left": hashes[: len(left)],
        "right": list(zip(heights, hashes[len(left) :], strict=True)),
        "size": by.size,
    }
    yield verify.RANGE_PROOF, _json(proof)
    yield from ((f"proofs/{seq}.tlog-proof", _inclusion(seq, by=by)) for seq in sorted({first, last}))


def _chosen_proofs(taken: _Taken, *, by: Checkpoint) -> Iterable[tuple[str, bytes]]:
    return ((f"proofs/{seq}.tlog-proof", _inclusion(seq, by=by)) for seq in taken.seqs)


def _inclusion(seq: int, *, by: Checkpoint) -> bytes:
    hashes = tuple(tree.inclusion(seq, size=by.size))
    return notes.proof_text(notes.ProofText(index=seq - 1, hashes=hashes, checkpoint=by.note)).encode()


def _consistency_proofs(checkpoints: list[Checkpoint]) -> Iterable[tuple[str, bytes]]:
    """Between each checkpoint and the next; the form is that of a witness's request (C2SP tlog-witness)."""
    for old, new in pairwise(checkpoints):
        lines = [f"old {old.size}", *(base64.b64encode(one).decode() for one in tree.consistency(old.size, new.size))]
        yield f"proofs/consistency-{old.size}-{new.size}.txt", ("\n".join(lines) + "\n\n" + new.note).encode()


def _aligned(begin: int, end: int) -> Iterator[merkle.Node]:
    """The complete subtrees from a place on, each as large as its place and the end allow."""
    while begin < end:
        width = end - begin
        height = width.bit_length() - 1 if not begin else min((begin & -begin).bit_length() - 1, width.bit_length() - 1)
        yield merkle.Node(height, begin >> height)
        begin += 1 << height


def _span(node: merkle.Node) -> merkle.Range:
    return node.position << node.height, (node.position + 1) << node.height


def _manifest(selection: Selection, *, taken: _Taken, by: Checkpoint, note_name: str, members: list[tuple[str, bytes]]) -> bytes:
    before = Seal.objects.filter(seq=taken.seqs[0] - 1).values_list("chain", flat=True).first()
    anchor = Head.objects.values_list("anchor_chain", flat=True).get()
    start = bytes(before) if before is not None else bytes(anchor) or bytes(32)
    return _json(
        {
            "v": 1,
            "kind": verify.FIRST_LINE,
            "origin": _origin(by),
            "tenant": str(tenancy.current().id),
            "epoch": by.epoch,
            "size": by.size,
            "keys": [signing_keys.verifier_of(key) for key in SigningKey.objects.order_by("epoch", "id")],
            "checkpoint": note_name,
            "selection": "range" if selection.is_range else "chosen",
            "filters": selection.filters.as_dict(),
            "first": taken.seqs[0],
            "last": taken.seqs[-1],
            "count": len(taken.seqs),
            "bodies_missing": taken.bodiless,
            "chain_before": start.hex(),
            "files": [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in members],
        }
    )


def _signed(manifest: bytes, *, by: Checkpoint) -> str:
    """The signature under the log's own name. Its first line is none that a checkpoint can have, so that neither passes for the other."""
    key = signing_keys.present(by.epoch)
    if key is None:
        raise NotSignedYet("The log has no key yet. Ask again in a few seconds.", seq=None, size=by.size, retry_after_s=5)
    text = f"{verify.FIRST_LINE}\n{_origin(by)}\nsha256 {hashlib.sha256(manifest).hexdigest()}\n"
    return signing_keys.signed(text, key=key)


def _origin(by: Checkpoint) -> str:
    return notes.parse_checkpoint(notes.split(by.note)[0]).origin


def _bundle(members: list[tuple[str, bytes]], *, taken: _Taken, by: Checkpoint) -> Bundle:
    found = Bundle(_origin(by), taken.seqs[0], taken.seqs[-1], len(taken.seqs), "", 0, members)
    digest = hashlib.sha256()
    for piece in found.pieces():
        digest.update(piece)
        found.size_bytes += len(piece)
    found.sha256 = digest.hexdigest()
    return found


def _json(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
