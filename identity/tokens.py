"""Bearer tokens of sessions and invitations: 32 random bytes as URL-safe text, stored as SHA-256. Pure."""

import hashlib
import re
import secrets
from typing import Final

RANDOM_BYTES: Final = 32
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def generate() -> str:
    """A new token: 43 signs, 256 bits."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def digest(token: str) -> bytes | None:
    """What is stored of a token; None when the text cannot be one. At 256 bits a plain hash is enough (ASVS 5.0.0-6.5.2)."""
    if _SHAPE.fullmatch(token) is None:
        return None
    return hashlib.sha256(token.encode()).digest()
