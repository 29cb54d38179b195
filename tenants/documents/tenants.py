"""Tenants as documents."""

from typing import Any

from kernel.clock import rfc3339
from tenants.models import Tenant


def of_tenant(tenant: Tenant) -> dict[str, Any]:
    """A tenant as a map."""
    return {
        "id": tenant.public_id,
        "slug": tenant.slug,
        "name": tenant.name,
        "host": tenant.host,
        "cell": tenant.cell_id,
        "state": tenant.state,
        "state_reason": tenant.state_reason,
        "state_since": rfc3339(tenant.state_since),
        "version": tenant.version,
        "created_at": rfc3339(tenant.created_at),
    }
