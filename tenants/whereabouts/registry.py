"""What the registry itself holds of a tenant, and this region's copy of it."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError

from kernel import tenancy
from tenants import copied_routes
from tenants.models import Backup, Domain, FleetResult, Leftover, Tenant
from tenants.placement import opening
from tenants.whereabouts.places import Place, PlaceKind, PlaceState


def places(tenant: Tenant) -> Iterator[Place]:
    """Home, by the rows that name the tenant; and the copy, if this process has one."""
    evidence = {
        "database": opening.told_place(opening.entry_of(tenancy.HOME)),
        "state": tenant.state,
        "version": tenant.version,
        "domains": Domain.objects.filter(tenant=tenant).count(),
        "backups": Backup.objects.filter(tenant=tenant).count(),
        "leftovers": Leftover.objects.filter(tenant_id=tenant.id).count(),
        "fleet_results": FleetResult.objects.filter(tenant_id=tenant.id).count(),
    }
    yield Place(PlaceKind.REGISTRY, "home", evidence=evidence)
    for alias in settings.COPIES:
        yield _copy(tenant, alias)


def _copy(tenant: Tenant, alias: str) -> Place:
    try:
        copied = copied_routes.tenant(lambda rows: rows.filter(id=tenant.id))
    except DatabaseError as fault:
        return Place(PlaceKind.REGISTRY_COPY, alias, state=PlaceState.NOT_ASKED, evidence={"why": str(fault).partition("\n")[0]})
    place = opening.told_place(opening.entry_of(alias))
    seen: dict[str, object] = (
        {"exists": False} if copied is None else {"exists": True, "version": copied.version, "cell": copied.cell_id}
    )
    return Place(PlaceKind.REGISTRY_COPY, alias, evidence={"database": place, **seen})
