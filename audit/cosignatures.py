"""Cosignatures: a witness' word that a log of this name has only ever grown, as far as it has seen. Pure.

Form: C2SP tlog-cosignature, Ed25519 (type 0x04). The signature line holds eight bytes of time and a signature over `cosignature/v1`, that time,
and the text of the checkpoint.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.notes import NAME, BadNote, Signature, split

TYPE = b"\x04"
KEY_ID_BYTES, TIME_BYTES, SIGNATURE_BYTES, PUBLIC_BYTES = 4, 8, 64, 32

__all__ = ["BadNote", "Cosigner", "cosign", "parse_verifier", "verifier_key", "verify"]


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness' public key (32 bytes) with the name and the id under which it signs."""

    name: str
    key_id: bytes
    public: bytes


def verifier_key(name: str, public: bytes) -> str:
    """A witness' public key as people hand it on: name, key id in hexadecimal, type and key in base64, joined by `+`. Raises BadNote."""
    if not NAME.fullmatch(name):
        raise BadNote("the name of a key has at least one sign, and neither spaces nor `+`")
    return f"{name}+{_key_id(name, public).hex()}+{base64.b64encode(TYPE + public).decode()}"


def parse_verifier(text: str) -> Cosigner:
    """The key in such a text. Raises BadNote for another kind of key, and for an id that is not the key's own."""
    name, first, rest = text.strip().partition("+")
    shown, second, encoded = rest.partition("+")
    try:
        material = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        material = b""
    if not first or not second or not NAME.fullmatch(name):
        raise BadNote("a verifier key has the form name+id+key")
    if material[:1] != TYPE or len(material) != 1 + PUBLIC_BYTES:
        raise BadNote("the verifier key is not one for Ed25519 cosignatures")
    found = Cosigner(name, _key_id(name, material[1:]), material[1:])
    if shown != found.key_id.hex():
        raise BadNote("the id in the verifier key does not belong to its name and key")
    return found


def cosign(text: str, *, name: str, private: bytes, at: int) -> str:
    """The signature line of a witness for a checkpoint's text, with its line feed; `at` is in seconds since 1970, `private` has 32 bytes."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    value = _key_id(name, key.public_key().public_bytes_raw()) + at.to_bytes(TIME_BYTES, "big") + key.sign(_signed(text, at=at))
    return f"— {name} {base64.b64encode(value).decode()}\n"


def verify(note: str, *, verifier: str) -> int:
    """When the witness cosigned the checkpoint in a note, in seconds since 1970. Raises BadNote when it did not; other signatures are passed over."""
    key = parse_verifier(verifier)
    text, signatures = split(note)
    own = [found for found in signatures if (found.name, found.key_id) == (key.name, key.key_id)]
    if not own:
        raise BadNote(f"the note is not cosigned by {key.name} with key {key.key_id.hex()}")
    return min(_time_of(found, text=text, key=key) for found in own)


def _time_of(found: Signature, *, text: str, key: Cosigner) -> int:
    if len(found.value) != TIME_BYTES + SIGNATURE_BYTES:
        raise BadNote(f"the cosignature of {key.name} has not the length of one")
    at = int.from_bytes(found.value[:TIME_BYTES], "big")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(found.value[TIME_BYTES:], _signed(text, at=at))
    except InvalidSignature:
        raise BadNote(f"the cosignature of {key.name} does not fit the text") from None
    return at


def _signed(text: str, *, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + TYPE + public).digest()[:KEY_ID_BYTES]
