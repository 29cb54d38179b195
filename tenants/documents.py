"""Tenants, domains and cells as documents: what the API answers and what the commands print with `--json`."""

from typing import Any

from kernel.clock import rfc3339
from tenants.models import Domain, Tenant
from tenants.queries import CellLoad


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


def of_cell(cell: CellLoad) -> dict[str, Any]:
    """A cell as a map."""
    return {
        "name": cell.name,
        "region": cell.region,
        "state": cell.state,
        "capacity": cell.capacity,
        "tenant_count": cell.tenant_count,
    }
