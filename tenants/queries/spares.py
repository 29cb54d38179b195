"""Reading spare places and the scripts that they are made from."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from tenants.models import Cell, CellState, Spare, SpareState, Template


@dataclass(frozen=True, slots=True)
class Pool:
    """The spares of one cell: those that a tenant can have now, those in the making, and those of another state of the code."""

    cell: str
    ready: int
    building: int
    outdated: int


def spares(*, q: str = "", cell: str = "", state: str = "") -> QuerySet[Spare]:
    """Spare places, oldest first; `q` is part of a schema's or a cell's name."""
    found = Spare.objects.order_by("id")
    wanted = {"cell_id": cell, "state": state}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    return found.filter(Q(schema__icontains=q) | Q(cell_id__icontains=q)) if q else found


def spare_for_update(spare_id: UUID) -> Spare | None:
    """One spare, locked until the end of the transaction in home; None when a tenant has taken it or it was discarded."""
    return Spare.objects.select_for_update().filter(id=spare_id).first()


def pools(*, template_state: str) -> list[Pool]:
    """How many spares each cell has, for the state of the code; cells without any are listed too."""
    ours = Q(spares__template_state=template_state)
    counted = Cell.objects.annotate(
        ready=Count("spares", filter=ours & Q(spares__state=SpareState.READY)),
        building=Count("spares", filter=ours & Q(spares__state=SpareState.BUILDING)),
        outdated=Count("spares", filter=~ours & Q(spares__id__isnull=False)),
    )
    return [Pool(*row) for row in counted.order_by("name").values_list("name", "ready", "building", "outdated")]


def taking_cells() -> QuerySet[Cell]:
    """The cells that take new tenants, by name."""
    return Cell.objects.filter(state=CellState.OPEN).order_by("name")


def outdated_spares(*, template_state: str) -> QuerySet[Spare]:
    """Spares that this code cannot use and no newer code waits for: their script is older than this code's, or is known to nobody."""
    template = Template.objects.filter(state=template_state).first()
    if template is None:
        return Spare.objects.none()
    newer = Template.objects.filter(created_at__gt=template.created_at).values("state")
    return Spare.objects.exclude(template_state=template_state).exclude(template_state__in=newer)


def templates() -> QuerySet[Template]:
    """The scripts, newest first."""
    return Template.objects.all()
