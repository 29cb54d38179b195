"""Whether some bytes were signed: HMAC-SHA-256 (RFC 9421, section 3.3.3) and Ed25519 (section 3.3.6). Pure."""

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_by_secret(signature: bytes, *, signed: bytes, secret: bytes) -> bool:
    """Whether whoever has the secret signed; takes as long for every signature."""
    return hmac.compare_digest(hmac.digest(secret, signed, "sha256"), signature)


def is_by_public_key(signature: bytes, *, signed: bytes, public_key: bytes) -> bool:
    """Whether the private half of a public key of 32 bytes signed."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except InvalidSignature:
        return False
    return True
