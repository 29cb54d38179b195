"""Small secrets at rest: sealed when they must be read back, digested when they only must be recognised.

Sealed text is `v1.<key id>.<base64url(nonce ‖ ciphertext)>`, AES-256-GCM with the place of the value as associated data, so that a value
copied to another row does not open. The first key of the ring seals, every key opens: adding a key in front rotates.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "v1"
NONCE_BYTES = 12
BLOCK_BYTES = 64  # of SHA-256


class Unsealable(Exception):
    """The text was altered, moved to another place, or sealed with a key that is no longer in the ring."""


def seal(value: bytes, *, context: str) -> str:
    """Seal up to a few kilobytes for one place, e.g. `context="tenants.pending_entry:<id>"`."""
    key_id, key = next(iter(_ring(settings.SEALING_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, value, context.encode())
    return f"{VERSION}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(text: str, *, context: str) -> bytes:
    """The value behind sealed text. Raises Unsealable, never returns the ciphertext."""
    version, _, rest = text.partition(".")
    key_id, _, body = rest.partition(".")
    key = _ring(settings.SEALING_KEYS).get(key_id)
    if version != VERSION or key is None:
        raise Unsealable(f"no key {key_id!r} in the ring")
    try:
        sealed = base64.urlsafe_b64decode(body.encode())
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("the sealed value does not belong here or was altered") from fault


def digest(value: bytes, *, purpose: str) -> bytes:
    """32 bytes that recognise a bearer secret of at least 112 bits without keeping it: HMAC-SHA-256 under the installation's pepper.

    A plain standard hash is enough at that entropy (ASVS 5.0.0-6.5.2); the pepper makes a stolen table useless by itself.
    """
    return hmac.digest(_pepper(settings.DIGEST_PEPPER, purpose), value, "sha256")


def digester(*, purpose: str) -> Callable[[bytes], bytes]:
    """`digest` for many values in a row: two plain hashes (RFC 2104) that know the pepper cost half of what OpenSSL takes to begin an HMAC."""
    key = _pepper(settings.DIGEST_PEPPER, purpose).ljust(BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def digested(value: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(value)
        around.update(within.digest())
        return around.digest()

    return digested


@lru_cache(maxsize=4)
def _ring(entries: tuple[str, ...]) -> dict[str, bytes]:
    """Key id → 32 bytes, in the order of the setting: `id:base64url` each, with or without padding."""
    pairs = (entry.partition(":") for entry in entries)
    return {key_id: base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)) for key_id, _, key in pairs}


@lru_cache(maxsize=32)
def _pepper(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}\0{secret}".encode()).digest()
