"""`Content-Digest` (RFC 9530): the body is what the header says. Pure."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any, Final

from identity.request_signing.faults import Unacceptable

HEADER_MAX: Final = 200
_MEMBER: Final = re.compile(r"(sha-256|sha-512)=:([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==):", re.ASCII)
_HASHES: Final[dict[str, Callable[[bytes], Any]]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def require_match(header: str, *, body: bytes) -> None:
    """Compare every digest of the header with the body's. Raises Unacceptable when one differs, is of another kind or stands there twice."""
    for name, given in _read(header).items():
        if not hmac.compare_digest(given, _HASHES[name](body).digest()):
            raise Unacceptable("digest")


def _read(header: str) -> dict[str, bytes]:
    """sha-256, sha-512 or both, by name."""
    if len(header) > HEADER_MAX:
        raise Unacceptable("too_long")
    found: dict[str, bytes] = {}
    for member in header.split(","):
        match = _MEMBER.fullmatch(member.strip(" \t"))
        if match is None or match[1] in found:
            raise Unacceptable("digest")
        found[match[1]] = base64.b64decode(match[2])
    return found
