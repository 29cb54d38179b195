"""Reading cells."""

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from tenants.models import Cell, CellState


@dataclass(frozen=True, slots=True)
class CellLoad:
    """A cell, and how many tenants of how many it may hold it holds."""

    name: str
    region: str
    state: str
    capacity: int
    tenant_count: int


def cells() -> list[CellLoad]:
    """All cells by name, with how full they are."""
    rows = (
        Cell.objects.annotate(load=Count("tenants")).order_by("name").values_list("name", "region_id", "state", "capacity", "load")
    )
    return [CellLoad(*row) for row in rows]


def roomy_cells() -> QuerySet[Cell]:
    """Open cells with room for another tenant, the emptiest first."""
    return (
        Cell.objects.annotate(load=Count("tenants")).filter(state=CellState.OPEN, load__lt=F("capacity")).order_by("load", "name")
    )
