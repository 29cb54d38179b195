"""The chain over the entries of one tenant: pure arithmetic on hashes.

leaf = SHA-256(0x00 ‖ canonical text), as in RFC 6962 section 2.1, so that a Merkle tree can rest on the same leaves;
chain_n = SHA-256(chain_{n-1} ‖ leaf_n), with 32 zero bytes before the first.
"""

import hashlib

START = bytes(32)


def leaf_of(canonical: str) -> bytes:
    """32 bytes that stand for one entry."""
    return hashlib.sha256(b"\0" + canonical.encode()).digest()


def link(previous: bytes, leaf: bytes) -> bytes:
    """32 bytes that stand for an entry and everything before it."""
    return hashlib.sha256(previous + leaf).digest()
