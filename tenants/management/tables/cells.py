"""Cells and regions as tables."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tenants.management.tables.parts import headed
from tenants.models import Region
from tenants.placement.capacity import Capacity
from tenants.placement.checking import CellCheck
from tenants.placement.findings import Finding, Level
from tenants.queries import CellLoad
from tenants.whereabouts.report import PlaceState, Whereabouts

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
PLACE_COLOURS = {PlaceState.OK: "green", PlaceState.VIOLATES: "bold red", PlaceState.NOT_ASKED: "yellow"}


def of_cells(rows: Iterable[CellLoad]) -> Table:
    """One line per cell."""
    table = headed("Cell", "Region", "Law", "Kind", "State", "Tenants", "Capacity", "Spares", "Left over")
    for row in rows:
        numbers = (row.tenant_count, row.capacity, row.spare_count, row.leftover_count)
        table.add_row(row.name, row.region, row.jurisdiction, row.kind, row.state, *(str(number) for number in numbers))
    return table


def of_regions(rows: Iterable[Region], *, counts: dict[str, int]) -> Table:
    """One line per region."""
    table = headed("Region", "Law", "Name", "Cells")
    for row in rows:
        table.add_row(row.code, row.jurisdiction, escape(row.label), str(counts.get(row.code, 0)))
    return table


def of_check(check: CellCheck) -> Table:
    """One line per finding, and what to do below those that need it."""
    return of_findings(check.findings)


def of_findings(findings: Iterable[Finding]) -> Table:
    """One line per finding, and what to do below those that need it."""
    table = headed("", "Look at", "Found")
    for finding in findings:
        table.add_row(Text(finding.level.value, style=COLOURS[finding.level]), finding.check, Text(finding.detail))
        if finding.fix:
            table.add_row("", "", Text(finding.fix, style="dim"))
    return table


def of_capacity(capacity: Capacity) -> Table:
    """A line per measure."""
    each = capacity.bytes_per_tenant
    facts = {
        "Tenants": f"{capacity.tenant_count} of {capacity.capacity} ({capacity.full_percent} %), {capacity.spare_count} spares",
        "Database": decimal(capacity.database_bytes),
        "Catalog": f"{decimal(capacity.catalog_bytes)} in {capacity.relation_count} relations",
        "Each place": "" if each is None else decimal(each),
        "Connections": f"{capacity.connections} of {capacity.max_connections}",
        "Memory": f"up to {decimal(capacity.backend_bytes)} in a connection, {decimal(capacity.memory_bytes)} in all of ours",
    }
    table = Table(show_header=False, box=None, pad_edge=False)
    for label, value in facts.items():
        if value:
            table.add_row(f"[dim]{label}[/]", value)
    return table


def of_whereabouts(found: Whereabouts) -> RenderableType:
    """A sentence, then one line per place with what was seen there."""
    residency = f"must stay in {found.tenant.residency}" if found.tenant.residency else "may lie anywhere"
    silent = "" if found.is_complete else " Not everybody answered."
    head = Text(f"{found.tenant.slug} {residency}: {found.state.value}.{silent}", style=PLACE_COLOURS[found.state])
    table = headed("What", "Where", "Region", "Law", "State", "Seen")
    for place in found.places:
        seen = ", ".join(f"{name} {value}" for name, value in place.evidence.items())
        state = Text(place.state.value, style=PLACE_COLOURS[place.state])
        table.add_row(place.kind.value, place.where, place.region, place.jurisdiction, state, Text(seen))
    return Group(head, table)
