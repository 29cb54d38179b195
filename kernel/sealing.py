"""Small secrets at rest: sealed when they must be read back, digested when they only must be recognised.

Sealed text is `v<form>.<key id>.<base64url(nonce ‖ ciphertext)>`, AES-256-GCM with the place of the value as associated data, so that a value
copied to another row does not open. Inside a tenant it is sealed under a data key of that tenant (form 2; ADR 37), which the app that
`settings.DATA_KEYS` names keeps. What belongs to the installation is sealed under its ring (form 1): the first key seals, every key opens, so
that adding a key in front rotates. Text of either form opens wherever its key is known.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.module_loading import import_string

from kernel import tenancy

BY_RING, BY_TENANT = "v1", "v2"
KEY_BYTES = 32
NONCE_BYTES = 12
BLOCK_BYTES = 64  # of SHA-256


class Unsealable(Exception):
    """The text was altered, moved to another place, or sealed with a key that is no longer in the ring."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key of one tenant, open. `tenant` is the id, in hex digits, of the tenant that it was made for; a restored copy keeps it."""

    key_id: str
    tenant: str
    cipher: AESGCM


class DataKeys(Protocol):
    """What `settings.DATA_KEYS` names: the data keys of the active tenant."""

    def sealing(self) -> DataKey:
        """The key that seals now, made if the tenant has none. Raises Unavailable when the key provider is away, Unsealable."""

    def opening(self, key_id: str) -> DataKey:
        """The key that sealed a text. Raises Unsealable when the tenant has no such key, Unavailable as `sealing`."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed text, so that `secrets rotate` finds it: `table` and `column` in SQL, `key` the primary key's column, uuid or text.

    `context` makes the place of a value out of its row's primary key and of the column `beside`, both as text. `purpose` is what the tenant
    must be entered for so that the column may be written. Empty text stands for nothing. Columns of home are sealed by the installation.
    """

    table: str
    column: str
    context: Callable[[str, str], str]
    key: str = "id"
    key_type: str = "uuid"
    beside: str = "''"
    purpose: tenancy.Purpose = tenancy.Purpose.OPERATOR


@dataclass(frozen=True, slots=True)
class SealedInPassing:
    """Sealed text that lies in no column: `where` tells where, `days` after how many nothing of it is left. Retired keys open it that long."""

    where: str
    days: int


def seal(value: bytes, *, context: str) -> str:
    """Seal up to a few kilobytes for one place, e.g. `context="audit.stream:<id>"`: for the active tenant, else for the installation.

    Raises Unavailable when the tenant's data key must be fetched and its provider is away.
    """
    if tenancy.current_or_none() is None:
        return seal_at_home(value, context=context)
    key = _data_keys().sealing()
    return _text(BY_TENANT, key.key_id, _encrypted(key.cipher, value, place=_place(key, context)))


def seal_at_home(value: bytes, *, context: str) -> str:
    """Seal for the installation, whoever is active: what lies in home, and what must open when the tenant and its data keys are gone."""
    key_id, key = next(iter(_ring(settings.SEALING_KEYS).items()))
    return _text(BY_RING, key_id, _encrypted(AESGCM(key), value, place=context.encode()))


def unseal(text: str, *, context: str) -> bytes:
    """The value behind sealed text. Raises Unsealable, never returns the ciphertext; Unavailable as `seal`."""
    version, _, rest = text.partition(".")
    key_id, _, body = rest.partition(".")
    if version == BY_TENANT and tenancy.current_or_none() is not None:
        key = _data_keys().opening(key_id)
        return _decrypted(key.cipher, body, place=_place(key, context))
    ring_key = _ring(settings.SEALING_KEYS).get(key_id)
    if version != BY_RING or ring_key is None:
        raise Unsealable(f"no key {key_id!r} in the ring")
    return _decrypted(AESGCM(ring_key), body, place=context.encode())


def reseal(text: str, *, context: str, key_id: str) -> str:
    """The same value under a certain data key of the active tenant. Raises as `unseal`."""
    value = unseal(text, context=context)
    key = _data_keys().opening(key_id)
    return _text(BY_TENANT, key.key_id, _encrypted(key.cipher, value, place=_place(key, context)))


def reseal_at_home(text: str, *, context: str) -> str:
    """The same value under the first key of the ring. Raises Unsealable."""
    return seal_at_home(unseal(text, context=context), context=context)


def sealed_by(text: str) -> tuple[str, str]:
    """The form and the key id of sealed text, unopened; for counting."""
    version, _, rest = text.partition(".")
    return version, rest.partition(".")[0]


def ring_key_id() -> str:
    """The id of the ring's key that seals."""
    return next(iter(_ring(settings.SEALING_KEYS)))


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


def _data_keys() -> DataKeys:
    return _named(settings.DATA_KEYS)


@lru_cache(maxsize=2)
def _named(name: str) -> DataKeys:
    found: DataKeys = import_string(name)
    return found


def _place(key: DataKey, context: str) -> bytes:
    return f"{key.tenant}|{context}".encode()


def _text(version: str, key_id: str, sealed: bytes) -> str:
    return f"{version}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def _encrypted(cipher: AESGCM, value: bytes, *, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, value, place)


def _decrypted(cipher: AESGCM, body: str, *, place: bytes) -> bytes:
    try:
        sealed = base64.urlsafe_b64decode(body.encode())
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("the sealed value does not belong here or was altered") from fault


@lru_cache(maxsize=4)
def _ring(entries: tuple[str, ...]) -> dict[str, bytes]:
    """Key id → 32 bytes, in the order of the setting: `id:base64url` each, with or without padding."""
    pairs = (entry.partition(":") for entry in entries)
    return {key_id: base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)) for key_id, _, key in pairs}


@lru_cache(maxsize=32)
def _pepper(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"{purpose}\0{secret}".encode()).digest()
