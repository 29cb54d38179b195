"""Hosts as tables."""

from collections.abc import Iterable

from rich.table import Table

from tenants.management.tables.parts import headed
from tenants.models import Domain


def of_domains(rows: Iterable[Domain]) -> Table:
    """One line per domain."""
    table = headed("Host", "Kind", "Primary", "Id")
    for row in rows:
        table.add_row(row.host, row.kind, "yes" if row.is_primary else "", row.public_id)
    return table
