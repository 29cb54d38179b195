"""Reading cells and how full they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Model, Q, QuerySet

from tenants.models import Cell, CellState, Leftover, Spare, Tenant, TenantState
from tenants.problems import CellNotFound

PLACELESS = (TenantState.PURGED.value, TenantState.ARCHIVED.value)
"""States in which a tenant has no schema and so takes no room in its cell."""


@dataclass(frozen=True, slots=True)
class CellLoad:
    """A cell, and how many tenants of how many it may hold it holds."""

    name: str
    region: str
    jurisdiction: str
    kind: str
    state: str
    capacity: int
    tenant_count: int
    spare_count: int
    leftover_count: int
    is_in_settings: bool
    version: int
    created_at: datetime

    @property
    def room(self) -> int:
        """How many tenants it takes yet; 0 while it is not open."""
        return max(0, self.capacity - self.tenant_count) if self.state == CellState.OPEN else 0


def cells(*, q: str = "", state: str = "", kind: str = "", region: str = "") -> QuerySet[Cell]:
    """Cells by name; `q` is part of a name, a region or a jurisdiction, `state` one of CellState, `kind` one of CellKind."""
    found = Cell.objects.select_related("region").order_by("name")
    wanted = {"state": state, "kind": kind, "region_id": region}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if q:
        found = found.filter(Q(name__icontains=q) | Q(region__code__icontains=q) | Q(region__jurisdiction__icontains=q))
    return found


def loads(rows: Iterable[Cell]) -> list[CellLoad]:
    """How full these cells are, in their order: three queries, however many there are."""
    listed = list(rows)
    names = [cell.name for cell in listed]
    tenants = _counted(Tenant.objects.exclude(state__in=PLACELESS), names=names)
    spares, leftovers = _counted(Spare.objects.all(), names=names), _counted(Leftover.objects.all(), names=names)
    return [
        CellLoad(
            name=cell.name,
            region=cell.region_id,
            jurisdiction=cell.region.jurisdiction,
            kind=cell.kind,
            state=cell.state,
            capacity=cell.capacity,
            tenant_count=tenants.get(cell.name, 0),
            spare_count=spares.get(cell.name, 0),
            leftover_count=leftovers.get(cell.name, 0),
            is_in_settings=not cell.sealed_url,
            version=cell.version,
            created_at=cell.created_at,
        )
        for cell in listed
    ]


def load(name: str) -> CellLoad:
    """How full one cell is. Raises CellNotFound."""
    return loads([cell(name)])[0]


def cell(name: str) -> Cell:
    """One cell with its region. Raises CellNotFound."""
    return _one(Cell.objects.select_related("region").filter(name=name), name=name)


def cell_for_update(name: str) -> Cell:
    """One cell, locked until the end of the transaction in home. Raises CellNotFound."""
    return _one(Cell.objects.select_for_update(of=("self",)).select_related("region").filter(name=name), name=name)


def roomy_cells() -> QuerySet[Cell]:
    """Open cells with room for another tenant, the emptiest first."""
    return (
        Cell.objects.annotate(load=Count("tenants", filter=~Q(tenants__state__in=PLACELESS)))
        .filter(state=CellState.OPEN, load__lt=F("capacity"))
        .order_by("load", "name")
    )


def fitting_cells(*, residency: str, kind: str) -> QuerySet[Cell]:
    """Those of them that are of a kind and, where `residency` is not empty, lie in that jurisdiction."""
    found = roomy_cells().filter(kind=kind)
    return found.filter(region__jurisdiction=residency) if residency else found


def housed_in(name: str) -> int:
    """How many tenants have their place in a cell."""
    return Tenant.objects.filter(cell_id=name).exclude(state__in=PLACELESS).count()


def _counted(rows: QuerySet[Model], *, names: list[str]) -> dict[str, int]:
    return dict(rows.filter(cell_id__in=names).order_by().values_list("cell_id").annotate(Count("pk")))


def _one(found: QuerySet[Cell], *, name: str) -> Cell:
    row = found.first()
    if row is None:
        raise CellNotFound(f"There is no cell {name[:63]}. List the cells to find it.", cell=name[:63])
    return row
