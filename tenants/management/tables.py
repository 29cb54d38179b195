"""Tenants, domains and cells as tables for people."""

from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tenants import links
from tenants.models import Domain, Tenant
from tenants.queries import CellLoad

COLOURS = {"active": "green", "suspended": "yellow", "failed": "red"}


def of_tenants(rows: Iterable[Tenant]) -> Table:
    """One line per tenant."""
    table = _table("Slug", "Name", "State", "Cell", "Address", "Id")
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


def of_domains(rows: Iterable[Domain]) -> Table:
    """One line per domain."""
    table = _table("Host", "Kind", "Primary", "Id")
    for row in rows:
        table.add_row(row.host, row.kind, "yes" if row.is_primary else "", row.public_id)
    return table


def of_cells(rows: Iterable[CellLoad]) -> Table:
    """One line per cell."""
    table = _table("Cell", "Region", "State", "Tenants", "Capacity")
    for row in rows:
        table.add_row(row.name, row.region, row.state, str(row.tenant_count), str(row.capacity))
    return table


def coloured(state: str) -> str:
    """A state in its colour; the word itself carries the meaning."""
    return f"[{COLOURS[state]}]{state}[/]" if state in COLOURS else state


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def line(text: str) -> Text:
    """Text as it is: no markup, and never broken, so that an address can be copied."""
    return Text(text, no_wrap=True, overflow="ignore")
