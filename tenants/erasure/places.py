"""Looking through the catalogs of all cells for schemas and roles that are named after a tenant."""

from collections.abc import Callable

from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import places
from tenants.models import Cell, Leftover, Tenant

NAMED_AFTER = """
SELECT 'schema ' || nspname FROM pg_namespace WHERE position(%s in nspname) > 0
UNION ALL
SELECT 'role ' || rolname FROM pg_roles WHERE position(%s in rolname) > 0
"""


def found(tenant: Tenant) -> list[str]:
    """What the catalogs of all cells still name after a tenant, e.g. `cell-1: schema t_…`. Raises what a cell that is away raises."""
    return [f"{cell}: {name}" for cell in _cells() for name in _named_after(tenant, cell=cell)]


def drop_leftovers(tenant: Tenant, *, on_progress: places.Progress) -> int:
    """Drop the old places of a tenant in any cell now, whatever time they had left; returns how many. Idempotent."""
    rows = list(Leftover.objects.filter(tenant_id=tenant.id).order_by("id"))
    for row in rows:
        places.drop_place(row.cell_id, row.schema, on_progress=on_progress)
        row.delete()
    return len(rows)


def drop_strays(tenant: Tenant, *, on_progress: places.Progress) -> int:
    """Drop whatever any cell still names after a tenant, as an interrupted move leaves it; returns how many schemas. Idempotent."""
    dropped = 0
    for cell in _cells():
        names = {name.partition(" ")[2] for name in _named_after(tenant, cell=cell)}
        dropped += sum(_dropped(cell, name, on_progress) for name in sorted(names))
    return dropped


def _dropped(cell: str, name: str, on_progress: Callable[[int, int, str], None]) -> int:
    places.drop_place(cell, name, on_progress=on_progress)
    return 1


def _named_after(tenant: Tenant, *, cell: str) -> list[str]:
    # The owner role may read every catalog; the place that it stands in need not exist.
    ref = places.ref_of(cell, schema=tenant.schema, tenant_id=tenant.id)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[cell].cursor() as cursor:
        cursor.execute(NAMED_AFTER, [tenant.id.hex, tenant.id.hex])
        return sorted(name for (name,) in cursor.fetchall())


def _cells() -> list[str]:
    return list(Cell.objects.order_by("name").values_list("name", flat=True))
