"""Service accounts as documents."""

from typing import Any

from identity.models import ServiceAccount
from kernel.clock import rfc3339


def of_service_account(account: ServiceAccount) -> dict[str, Any]:
    """A service account, as the API and `--json` give it."""
    return {
        "id": account.public_id,
        "name": account.name,
        "label": account.label,
        "description": account.description,
        "attributes": account.attributes,
        "status": account.status,
        "status_reason": account.status_reason,
        "roles": account.role_names,
        "created_at": rfc3339(account.created_at),
        "version": account.version,
    }
