"""Tenants as tables."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from tenants import links
from tenants.management.tables.parts import coloured, headed
from tenants.models import Domain, Tenant


def of_tenants(rows: Iterable[Tenant]) -> Table:
    """One line per tenant."""
    table = headed("Slug", "Name", "State", "Cell", "Address", "Id")
    for row in rows:
        table.add_row(row.slug, escape(row.name), coloured(row.state), row.cell_id, links.base_url(row.host), row.public_id)
    return table


def of_tenant(row: Tenant, *, domains: Iterable[Domain]) -> Table:
    """All about one tenant, a line per fact."""
    table = Table(show_header=False, box=None, pad_edge=False)
    facts = {
        "Slug": row.slug,
        "Name": escape(row.name),
        "State": coloured(row.state),
        "Reason": escape(row.state_reason),
        "Since": f"{row.state_since:%Y-%m-%d %H:%M:%S} UTC",
        "Address": links.base_url(row.host),
        "Domains": ", ".join(domain.host for domain in domains),
        "Cell": row.cell_id,
        "Schema": row.schema,
        "Id": row.public_id,
        "Version": str(row.version),
    }
    for label, value in facts.items():
        if value:
            table.add_row(f"[dim]{label}[/]", value)
    return table
