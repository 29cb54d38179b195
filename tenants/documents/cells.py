"""Cells as documents."""

from typing import Any

from tenants.queries import CellLoad


def of_cell(cell: CellLoad) -> dict[str, Any]:
    """A cell as a map."""
    return {
        "name": cell.name,
        "region": cell.region,
        "state": cell.state,
        "capacity": cell.capacity,
        "tenant_count": cell.tenant_count,
    }
