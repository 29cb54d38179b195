"""Reading the public half of an Ed25519 key (RFC 8032): 32 bytes as base64, or a PEM block. Pure."""

import base64
import binascii
import re
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

KEY_BYTES: Final = 32
TEXT_MAX: Final = 400
_PEM_BEGIN: Final = "-----BEGIN PUBLIC KEY-----"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{43}=?", re.ASCII)
_SIGN_BIT: Final = 1 << 255
_PRIME: Final = (1 << 255) - 19
# The y-coordinates of the eight points of small order: a signature under such a "key" can be made to fit by anybody, for any message.
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        _PRIME - 1,
        _PRIME,
        _PRIME + 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    }
)


class NoPublicKey(ValueError):
    """The text is no Ed25519 public key, or one that proves nothing; the words say what is."""


def read(text: str) -> bytes:
    """The 32 bytes of a public key. Raises NoPublicKey, also for a private key: that must never leave its owner."""
    stripped = text.strip()
    if "PRIVATE" in stripped:
        raise NoPublicKey("That is a private key. Keep it, make another pair, and send only the public half.")
    raw = _from_pem(stripped) if stripped.startswith(_PEM_BEGIN) else _from_base64(stripped)
    if int.from_bytes(raw, "little") & ~_SIGN_BIT in _SMALL_ORDER:
        raise NoPublicKey("This point proves nothing: anybody can sign for it. Make a new pair of keys.")
    return raw


def shown(raw: bytes) -> str:
    """The key as base64."""
    return base64.b64encode(raw).decode()


def _from_pem(text: str) -> bytes:
    try:
        key = load_pem_public_key(text[:TEXT_MAX].encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NoPublicKey("The block is no Ed25519 public key; make one with `openssl genpkey -algorithm ed25519`.")
    return key.public_bytes_raw()


def _from_base64(text: str) -> bytes:
    plain = text.replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain.rstrip("=") + "=", validate=True) if _BASE64.fullmatch(plain) else b""
    except binascii.Error:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise NoPublicKey("Send the 32 bytes of an Ed25519 public key as base64 (44 signs), or its PEM block.")
    return raw
