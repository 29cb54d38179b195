"""What a witness answers to `add-checkpoint`. Source: C2SP tlog-witness."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit import cosignatures, merkle, notes
from audit.notes import BadNote, CheckpointText
from audit.witnessing.remembering import Memory

PROOF_MAXIMUM = 63
OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: status, body and media type."""

    status: int
    body: str
    media_type: str = TEXT


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent: the size that the sender thinks the witness knows, the proof from there, and the note."""

    old: int
    proof: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Who judges: its name, its private key (32 bytes), what it remembers, the logs that it knows, and its clock (seconds since 1970)."""

    name: str
    private: bytes
    memory: Memory
    logs: Callable[[], Sequence[str]]
    now: Callable[[], int]

    def judge(self, body: bytes) -> Said:
        """Cosign a checkpoint, or say why not."""
        try:
            sent = parse(body)
            text, _ = notes.split(sent.note)
            said = notes.parse_checkpoint(text)
        except (BadNote, ValueError) as fault:
            return Said(400, f"{fault}\n")
        keys = [key for key in self.logs() if notes.parse_verifier(key).name == said.origin]
        if not keys:
            return Said(404, "this log is not known here\n")
        try:
            notes.signed_checkpoint(sent.note, verifiers=keys)
        except BadNote as fault:
            return Said(403, f"{fault}\n")
        if sent.old > said.size:
            return Said(400, "the old size is larger than the checkpoint's\n")
        return self._compared(sent, said=said, text=text)

    def _compared(self, sent: Submission, *, said: CheckpointText, text: str) -> Said:
        with self.memory.turn() as kept:
            known = kept.of(said.origin)
            if sent.old != known.size:
                return Said(409, f"{known.size}\n", SIZE)
            if not _continues(sent, said=said, root=known.root):
                return Said(422, "the checkpoint does not continue what was cosigned before\n")
            kept.put(said.origin, size=said.size, root=said.root, note=sent.note, at=self.now())
        return Said(200, cosignatures.cosign(text, name=self.name, private=self.private, at=self.now()))


def parse(body: bytes) -> Submission:
    """Read what was sent. Raises ValueError for anything else than the form asks for."""
    head, separator, note = body.decode().partition("\n\n")
    first, *rest = head.split("\n")
    old = OLD.fullmatch(first)
    if not separator or old is None or len(rest) > PROOF_MAXIMUM:
        raise ValueError("the body is `old <size>`, up to 63 hashes, an empty line and a checkpoint")
    return Submission(int(old.group(1)), tuple(_hash_of(line) for line in rest), note)


def _continues(sent: Submission, *, said: CheckpointText, root: bytes) -> bool:
    if said.size == 0:
        return not sent.proof and said.root == merkle.EMPTY_ROOT
    if sent.old == 0:
        return not sent.proof
    return merkle.verify_consistency(sent.old, said.size, first_root=root, second_root=said.root, proof=sent.proof)


def _hash_of(line: str) -> bytes:
    try:
        value = base64.b64decode(line, validate=True)
    except binascii.Error:
        value = b""
    if len(value) != merkle.HASH_BYTES:
        raise ValueError("a line of the proof is 32 bytes in base64")
    return value
