"""Signing keys as documents."""

from typing import Any

from identity import request_signing
from identity.models import SigningKey
from kernel.clock import rfc3339, rfc3339_or_none


def of_signing_key(key: SigningKey) -> dict[str, Any]:
    """One signing key for programs; the secret half of none. `public_key` is base64, empty for HMAC."""
    return {
        "id": key.public_id,
        "key_id": key.key_id,
        "api_key": key.api_key.public_id,
        "name": key.name,
        "algorithm": key.algorithm,
        "public_key": "" if key.public_key is None else request_signing.public_keys.shown(bytes(key.public_key)),
        "state": str(key.state),
        "created_at": rfc3339(key.created_at),
        "expires_at": rfc3339(key.expires_at),
        "revoked_at": rfc3339_or_none(key.revoked_at),
        "revoke_reason": key.revoke_reason,
        "version": key.version,
    }
