"""Reading regions."""

from django.db.models import Count, QuerySet

from tenants.models import Cell, Region, Tenant
from tenants.problems import RegionNotFound
from tenants.queries.cells import PLACELESS


def regions(*, q: str = "") -> QuerySet[Region]:
    """Regions by code; `q` is part of a code, a label or a jurisdiction."""
    found = Region.objects.order_by("code")
    return (
        found
        if not q
        else found.filter(code__icontains=q) | found.filter(label__icontains=q) | found.filter(jurisdiction__icontains=q)
    )


def region(code: str) -> Region:
    """One region. Raises RegionNotFound."""
    return _one(Region.objects.filter(code=code), code=code)


def region_for_update(code: str) -> Region:
    """One region, locked until the end of the transaction in home. Raises RegionNotFound."""
    return _one(Region.objects.select_for_update().filter(code=code), code=code)


def cells_per_region() -> dict[str, int]:
    """How many cells lie in each region that has any."""
    return dict(Cell.objects.order_by().values_list("region_id").annotate(Count("name")))


def resident_tenants(region_code: str) -> QuerySet[Tenant]:
    """Tenants with a place in a region whose data must stay in a jurisdiction, oldest first."""
    return Tenant.objects.filter(cell__region_id=region_code).exclude(state__in=PLACELESS).exclude(residency="").order_by("id")


def bound_tenants() -> QuerySet[Tenant]:
    """Tenants whose data must stay in a jurisdiction, oldest first, with their cells."""
    placed = Tenant.objects.exclude(residency="").exclude(state__in=PLACELESS)
    return placed.select_related("cell").order_by("id")


def _one(found: QuerySet[Region], *, code: str) -> Region:
    row = found.first()
    if row is None:
        raise RegionNotFound(f"There is no region {code[:40]}. List the regions to find it.", region=code[:40])
    return row
