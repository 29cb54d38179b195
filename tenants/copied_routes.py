"""Finding a tenant in this region's read copy of the registry, for the time that home is away."""

from collections.abc import Callable

from django.conf import settings
from django.db import connections
from django.db.models import QuerySet

from tenants.models import Tenant

FOUND = ("id", "slug", "schema", "cell_id", "state", "version", "code")


def is_configured() -> bool:
    """Whether this process has a copy to ask."""
    return bool(settings.COPIES)


def tenant(find: Callable[[QuerySet[Tenant]], QuerySet[Tenant]]) -> Tenant | None:
    """The tenant that `find` selects, as far as the copy has it, with what `find` annotates; not to be saved.

    Names and reasons are not copied: the slug stands for the name. Raises the database errors of a copy that is away.
    """
    found = find(Tenant.objects.using(settings.COPIES[0])).order_by()
    beside = tuple(found.query.annotations)
    row = found.values(*FOUND, *beside).first()
    if row is None:
        return None
    seen = Tenant(**{name: row[name] for name in FOUND}, name=row["slug"])
    for name in beside:
        setattr(seen, name, row[name])
    return seen


def sealed_url(cell_name: str) -> str:
    """The sealed address of a cell; empty for an unknown one. Raises the database errors of a copy that is away."""
    with connections[settings.COPIES[0]].cursor() as cursor:
        cursor.execute("SELECT sealed_url FROM tenants_cell WHERE name = %s", [cell_name])
        row = cursor.fetchone()
    return "" if row is None else str(row[0])


def probe() -> None:
    """Read the routing table of the copy. Raises the database errors of a copy that is away or was never made."""
    Tenant.objects.using(settings.COPIES[0]).order_by().values("id").first()
