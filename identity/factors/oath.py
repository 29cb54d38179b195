"""One-time codes of RFC 4226 (by counter) and RFC 6238 (by time), with SHA-1, SHA-256 or SHA-512. Pure."""

import hmac
from typing import Final

ALGORITHMS: Final = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}


def hotp(seed: bytes, *, counter: int, digits: int = 6, algorithm: str = "SHA1") -> str:
    """The code of a counter (RFC 4226 section 5.3), with its leading noughts."""
    mac = hmac.digest(seed, counter.to_bytes(8, "big"), ALGORITHMS[algorithm])
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_at(seconds: float, *, step_s: int = 30) -> int:
    """The time step of a moment in seconds since 1970 (RFC 6238 section 4.2)."""
    return int(seconds) // step_s
