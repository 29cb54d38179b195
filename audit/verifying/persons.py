"""The keys of persons, as a check needs them: asked of the database anew, never from what a process remembers."""

from collections.abc import Callable, Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections

from kernel import sealing, tenancy

FIND = "SELECT ref, sealed FROM audit_personkey WHERE ref = ANY(%s)"

Decrypt = Callable[[bytes, bytes, bytes], bytes]
"""Nonce, ciphertext and its place, to the text."""


class Keys:
    """Keys by ref, fetched when they are first needed."""

    def __init__(self) -> None:
        self._known: dict[str, AESGCM | None] = {}
        self.opens: dict[str, Decrypt | None] = {}
        """What opens a person's parts; None for who was forgotten on purpose. Nobody whose key cannot be read, or was not asked for."""

        self._forgotten: set[str] = set()
        self.unreadable: set[str] = set()
        """Refs of whom something is sealed that nobody can open: their key is not there, or does not open with the installation's ring."""

        self.lingering: set[str] = set()
        """Entries whose columns still show somebody who is forgotten."""

    def join(self, others: "Keys") -> None:
        """Remember what others could not read, and forget their keys."""
        self.unreadable |= others.unreadable
        self.lingering |= others.lingering

    def fetch(self, refs: Iterable[str]) -> None:
        """Ask for those that are not known yet, in one query."""
        unknown = sorted(set(refs) - self._known.keys())
        if not unknown:
            return
        with connections[tenancy.current_alias()].cursor() as cursor:
            cursor.execute(FIND, [unknown])
            found = dict(cursor.fetchall())
        for ref in unknown:
            self._known[ref] = key = self._opened(ref, found.get(ref))
            if key is not None or ref in self._forgotten:
                self.opens[ref] = None if key is None else key.decrypt

    def of(self, ref: str) -> AESGCM | None:
        """A key, or None when nobody can read with it any more."""
        return self._known.get(ref)

    def is_forgotten(self, ref: str) -> bool:
        """Whether the key was taken out on purpose: its row stays behind as a mark."""
        return ref in self._forgotten

    def _opened(self, ref: str, sealed: str | None) -> AESGCM | None:
        if sealed == "":
            self._forgotten.add(ref)
            return None
        try:
            return AESGCM(sealing.unseal(sealed or "", context=f"audit.person:{ref}"))
        except sealing.Unsealable:
            return None
