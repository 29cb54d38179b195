"""Whether a database is the same cell at another address: after a failover, a restore, or a change of network."""

from collections.abc import Mapping
from typing import Any

import psycopg

from tenants.models import Cell, Leftover, Spare, Tenant
from tenants.placement import opening
from tenants.problems import CellUnfit
from tenants.queries import PLACELESS

MISSING = "SELECT s FROM unnest(%s::text[]) AS s WHERE NOT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = s) ORDER BY s LIMIT 5"


def require_same_tenants(cell: Cell, *, entry: Mapping[str, Any]) -> None:
    """Refuse an address at which a schema of one of the cell's tenants is missing. Raises CellUnfit."""
    schemas = list(Tenant.objects.filter(cell=cell).exclude(state__in=PLACELESS).values_list("schema", flat=True))
    schemas += Spare.objects.filter(cell=cell).values_list("schema", flat=True)
    schemas += Leftover.objects.filter(cell=cell).values_list("schema", flat=True)
    try:
        with opening.opened(entry) as connection:
            missing = [name for (name,) in connection.execute(MISSING, [schemas])]
    except psycopg.Error as fault:
        first = str(fault).strip().partition("\n")[0]
        raise _unfit("away", f"The database at {opening.told_place(entry)} does not let us in: {first}.") from fault
    if missing:
        raise _unfit("other", f"This is not the same cell: {', '.join(missing)} are missing there.")


def _unfit(code: str, detail: str) -> CellUnfit:
    return CellUnfit(detail, errors=[{"pointer": "/url", "code": code, "detail": detail}])
