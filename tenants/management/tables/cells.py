"""Cells as tables."""

from collections.abc import Iterable

from rich.table import Table

from tenants.management.tables.parts import headed
from tenants.queries import CellLoad


def of_cells(rows: Iterable[CellLoad]) -> Table:
    """One line per cell."""
    table = headed("Cell", "Region", "State", "Tenants", "Capacity")
    for row in rows:
        table.add_row(row.name, row.region, row.state, str(row.tenant_count), str(row.capacity))
    return table
