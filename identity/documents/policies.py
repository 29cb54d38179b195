"""Policies as documents."""

from typing import Any

from identity.models import Policy
from kernel.clock import rfc3339


def of_policy(found: Policy) -> dict[str, Any]:
    """One policy as every door shows it."""
    return {
        "id": found.public_id,
        "name": found.name,
        "description": found.description,
        "text": found.text,
        "state": found.state,
        "created_at": rfc3339(found.created_at),
        "changed_at": rfc3339(found.changed_at),
        "version": found.version,
    }
