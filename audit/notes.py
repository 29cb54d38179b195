"""Signed notes, and what the log writes in them: text that a person can read and a machine can check with a public key alone.

Forms: C2SP signed-note, tlog-checkpoint and tlog-proof (https://c2sp.org), with Ed25519 signatures (type 0x01). A note is its text, which ends with a
line feed, an empty line, and one line for each signature: em dash, name of the key, base64 of four bytes of key id and the signature.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
HASH_BYTES = 32
SIGNATURES_MAXIMUM = 64
NOTE_CHARACTERS_MAXIMUM = 1_000_000
PROOF_HASHES_MAXIMUM = 64
PROOF_FIRST_LINE = "c2sp.org/tlog-proof@v1"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
NAME = re.compile(r"[^\s+]+")


class BadNote(ValueError):
    """The text is no note of this kind, or it is not signed by the key that was asked for."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its id (4 bytes), and what it signed with."""

    name: str
    key_id: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key (32 bytes) with the name and the id under which it signs."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class CheckpointText:
    """What a checkpoint says: whose log, how many leaves, which hash (32 bytes) stands for them, and lines that verifiers ignore."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofText:
    """What a proof file holds: the leaf's index, counted from 0, hashes from the leaf upwards, the checkpoint's note, and data that nothing proves."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""


def key_id(name: str, public: bytes) -> bytes:
    """4 bytes by which a signature line finds its key: they help to look it up and prove nothing."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def public_of(private: bytes) -> bytes:
    """The public key (32 bytes) of a private one (32 bytes)."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def verifier_key(name: str, public: bytes) -> str:
    """A public key as people hand it on: name, key id in hexadecimal, type and key in base64, joined by `+`. Raises BadNote for a bad name."""
    _require_name(name)
    return f"{name}+{key_id(name, public).hex()}+{_encoded(ED25519 + public)}"


def parse_verifier(text: str) -> Verifier:
    """The key in such a text. Raises BadNote for another kind of key, and for an id that is not the key's own."""
    name, separator, rest = text.strip().partition("+")
    shown, second, encoded = rest.partition("+")
    if not separator or not second:
        raise BadNote("a verifier key has the form name+id+key")
    _require_name(name)
    material = _decoded(encoded)
    if material[:1] != ED25519 or len(material) != 1 + HASH_BYTES:
        raise BadNote("the verifier key is not an Ed25519 key")
    found = Verifier(name=name, key_id=key_id(name, material[1:]), public=material[1:])
    if shown != found.key_id.hex():
        raise BadNote("the id in the verifier key does not belong to its name and key")
    return found


def sign(text: str, *, name: str, private: bytes) -> str:
    """The note of a text, signed with a private key (32 bytes). Raises BadNote for text that a note cannot hold."""
    _require_name(name)
    if not text.endswith("\n") or CONTROL.search(text):
        raise BadNote("the text of a note ends with a line feed and has no other control characters")
    key = Ed25519PrivateKey.from_private_bytes(private)
    public = key.public_key().public_bytes_raw()
    return f"{text}\n— {name} {_encoded(key_id(name, public) + key.sign(text.encode()))}\n"


def verify(note: str, *, verifier: str) -> str:
    """The text of a note that the key signed. Raises BadNote when it did not, and when the text was altered since.

    Signatures of other keys are passed over: witnesses add theirs, and an old key may sign beside a new one.
    """
    key = parse_verifier(verifier)
    text, signatures = split(note)
    own = [found.value for found in signatures if (found.name, found.key_id) == (key.name, key.key_id)]
    if not own:
        raise BadNote(f"the note is not signed by {key.name} with key {key.key_id.hex()}")
    try:
        for value in own:
            Ed25519PublicKey.from_public_bytes(key.public).verify(value, text.encode())
    except InvalidSignature:
        raise BadNote(f"the signature of {key.name} does not fit the text") from None
    return text


def split(note: str) -> tuple[str, list[Signature]]:
    """The text of a note and its signature lines, none of them checked yet. Raises BadNote."""
    if len(note) > NOTE_CHARACTERS_MAXIMUM or CONTROL.search(note):
        raise BadNote("a note is a short text without control characters")
    body, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise BadNote("a note is a text, an empty line, and signature lines that end with a line feed")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAXIMUM:
        raise BadNote(f"a note with more than {SIGNATURES_MAXIMUM} signatures is not read")
    return body + "\n", [_signature_of(line) for line in lines]


def checkpoint_text(checkpoint: CheckpointText) -> str:
    """What is signed: origin, size and root on a line each. Raises BadNote for an origin or a line that is empty or holds a line feed."""
    lines = (checkpoint.origin, str(checkpoint.size), _encoded(checkpoint.root), *checkpoint.extensions)
    if any(not line or "\n" in line for line in lines) or len(checkpoint.root) != HASH_BYTES or checkpoint.size < 0:
        raise BadNote("a checkpoint has an origin, a size, a root of 32 bytes, and lines that are not empty")
    return "\n".join(lines) + "\n"


def parse_checkpoint(text: str) -> CheckpointText:
    """What the text of a note says, if it is a checkpoint. Raises BadNote."""
    lines = text.removesuffix("\n").split("\n")
    if not text.endswith("\n") or len(lines) < 3 or not all(lines) or not NUMBER.fullmatch(lines[1]):
        raise BadNote("a checkpoint has at least three lines: origin, size and root")
    return CheckpointText(origin=lines[0], size=int(lines[1]), root=_hash_of(lines[2]), extensions=tuple(lines[3:]))


def proof_text(proof: ProofText) -> str:
    """The content of a `.tlog-proof` file."""
    extra = [f"extra {_encoded(proof.extra)}"] if proof.extra else []
    lines = [PROOF_FIRST_LINE, *extra, f"index {proof.index}", *map(_encoded, proof.hashes), ""]
    return "\n".join(lines) + "\n" + proof.checkpoint


def parse_proof(text: str) -> ProofText:
    """What a `.tlog-proof` file holds; its checkpoint is not checked yet. Raises BadNote."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != PROOF_FIRST_LINE:
        raise BadNote(f"a proof begins with the line {PROOF_FIRST_LINE} and holds a checkpoint behind an empty line")
    rest = lines[1:]
    extra = _decoded(rest.pop(0).removeprefix("extra ")) if rest and rest[0].startswith("extra ") else b""
    if not rest or not NUMBER.fullmatch(rest[0].removeprefix("index ")) or not rest[0].startswith("index "):
        raise BadNote("a proof tells the index of its leaf")
    if len(rest) - 1 > PROOF_HASHES_MAXIMUM:
        raise BadNote(f"a proof has at most {PROOF_HASHES_MAXIMUM} hashes")
    hashes = tuple(_hash_of(line) for line in rest[1:])
    return ProofText(index=int(rest[0].removeprefix("index ")), hashes=hashes, checkpoint=checkpoint, extra=extra)


def signed_checkpoint(note: str, *, verifiers: Sequence[str]) -> CheckpointText:
    """What a checkpoint says that one of these keys signed under the name of its origin. Raises BadNote."""
    text, signatures = split(note)
    said = parse_checkpoint(text)
    known = {(key.name, key.key_id): shown for shown in verifiers for key in (parse_verifier(shown),)}
    signers = [known[found.name, found.key_id] for found in signatures if (found.name, found.key_id) in known]
    if not any(parse_verifier(shown).name == said.origin for shown in signers):
        raise BadNote(f"the note is signed by no known key of {said.origin}")
    for shown in signers:
        verify(note, verifier=shown)
    return said


def _signature_of(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not NAME.fullmatch(parts[1]):
        raise BadNote("a signature line is an em dash, a name and a signature in base64")
    value = _decoded(parts[2])
    if len(value) <= KEY_ID_BYTES:
        raise BadNote("a signature is longer than its key id")
    return Signature(name=parts[1], key_id=value[:KEY_ID_BYTES], value=value[KEY_ID_BYTES:])


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name) or CONTROL.search(name):
        raise BadNote("the name of a key has at least one sign, and neither spaces nor `+`")


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decoded(text: str) -> bytes:
    """Strictly: one text for one value, so that nothing can be hidden in what decoders ignore."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("that is not base64") from None
    if _encoded(value) != text:
        raise BadNote("that is not base64 in its one right form")
    return value


def _hash_of(text: str) -> bytes:
    value = _decoded(text)
    if len(value) != HASH_BYTES:
        raise BadNote("a hash has 32 bytes")
    return value
