"""Hosts as documents."""

from typing import Any

from kernel.clock import rfc3339
from tenants.models import Domain


def of_domain(domain: Domain) -> dict[str, Any]:
    """A domain as a map."""
    return {
        "id": domain.public_id,
        "host": domain.host,
        "kind": domain.kind,
        "is_primary": domain.is_primary,
        "version": domain.version,
        "created_at": rfc3339(domain.created_at),
    }
