"""Cells and regions as documents."""

from typing import Any

from kernel.clock import rfc3339
from tenants.models import Region
from tenants.queries import CellLoad


def of_cell(cell: CellLoad) -> dict[str, Any]:
    """A cell as a map. Its address is never part of it."""
    return {
        "name": cell.name,
        "region": cell.region,
        "jurisdiction": cell.jurisdiction,
        "kind": cell.kind,
        "state": cell.state,
        "capacity": cell.capacity,
        "tenant_count": cell.tenant_count,
        "spare_count": cell.spare_count,
        "leftover_count": cell.leftover_count,
        "is_in_settings": cell.is_in_settings,
        "version": cell.version,
        "created_at": rfc3339(cell.created_at),
    }


def of_region(region: Region, *, cell_count: int) -> dict[str, Any]:
    """A region as a map."""
    return {
        "code": region.code,
        "jurisdiction": region.jurisdiction,
        "label": region.label,
        "cell_count": cell_count,
        "version": region.version,
        "created_at": rfc3339(region.created_at),
    }
