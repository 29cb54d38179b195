"""API keys as documents."""

from typing import Any

from identity.models import ApiKey, ServiceAccount, User
from kernel import ids
from kernel.clock import rfc3339, rfc3339_or_none


def of_api_key(key: ApiKey) -> dict[str, Any]:
    """A key, as the API and `--json` give it; never its secret."""
    return {
        "id": key.public_id,
        "name": key.name,
        "display": key.display,
        "scopes": key.scopes,
        "owner": _owner(key.holder),
        "state": key.state,
        "kind": key.kind,
        "networks": key.networks,
        "rate_per_s": key.rate_per_s or 0,
        "requires_signature": key.requires_signature,
        "created_at": rfc3339(key.created_at),
        "expires_at": rfc3339(key.expires_at),
        "overlap_until": rfc3339_or_none(key.overlap_until),
        "rotated_from": None if key.rotated_from_id is None else ids.show("key", key.rotated_from_id),
        "last_used_at": rfc3339_or_none(key.last_used_at),
        "last_address": key.last_address,
        "revoked_at": rfc3339_or_none(key.revoked_at),
        "revoke_reason": key.revoke_reason,
        "version": key.version,
    }


def _owner(holder: User | ServiceAccount) -> dict[str, str]:
    """Whose key it is; a service account has no address."""
    if isinstance(holder, User):
        return {"id": holder.public_id, "kind": "person", "email": holder.email, "name": holder.name}
    return {"id": holder.public_id, "kind": "service_account", "email": "", "name": holder.name}
