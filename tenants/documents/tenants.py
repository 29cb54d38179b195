"""Tenants as documents."""

from typing import Any

from kernel.clock import rfc3339, rfc3339_or_none
from tenants.models import Tenant


def of_tenant(tenant: Tenant) -> dict[str, Any]:
    """A tenant as a map. `previous_state` is where it goes back to when what is being done with it is called off; mostly empty."""
    return {
        "id": tenant.public_id,
        "slug": tenant.slug,
        "name": tenant.name,
        "host": tenant.host,
        "cell": tenant.cell_id,
        "plan": tenant.plan_id,
        "residency": tenant.residency,
        "state": tenant.state,
        "state_reason": tenant.state_reason,
        "state_since": rfc3339(tenant.state_since),
        "previous_state": tenant.previous_state,
        "delete_after": rfc3339_or_none(tenant.delete_after),
        "version": tenant.version,
        "created_at": rfc3339(tenant.created_at),
    }
