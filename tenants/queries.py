"""Reading the registry. Home is read with or without a tenant active; the doors ask for the permission."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from kernel import ids, tenancy
from operations import queries as operations
from operations.models import Operation
from tenants.models import Cell, CellState, Domain, PendingEntry, Tenant, TenantState
from tenants.problems import DomainNotFound, TenantNotFound

MAKING = "tenants.provision"
"""The kind of the operation, and the name of the task, that makes a tenant's place; with the tenant's id it is the operation's key."""


@dataclass(frozen=True, slots=True)
class CellLoad:
    """A cell, and how many tenants of how many it may hold it holds."""

    name: str
    region: str
    state: str
    capacity: int
    tenant_count: int


def tenants(*, q: str = "", state: str = "") -> QuerySet[Tenant]:
    """Tenants, newest first; `q` is part of a slug, a name or a host, `state` one of TenantState."""
    found = Tenant.objects.prefetch_related("domains")
    if state:
        found = found.filter(state=state)
    if q:
        found = found.filter(Q(slug__icontains=q) | Q(name__icontains=q) | Q(id__in=_with_host(q)))
    return found


def tenant(tenant_id: UUID) -> Tenant:
    """One tenant. Raises TenantNotFound."""
    return _one(Tenant.objects.filter(id=tenant_id), named=ids.show("ten", tenant_id))


def tenant_by_slug(slug: str) -> Tenant:
    """One tenant by its slug. Raises TenantNotFound."""
    return _one(Tenant.objects.filter(slug=slug), named=slug)


def tenant_named(name: str) -> Tenant:
    """One tenant by what a person writes: its slug or its shown id. Raises TenantNotFound."""
    try:
        return tenant(ids.parse("ten", name))
    except ValueError:
        return tenant_by_slug(name)


def tenant_for_update(tenant_id: UUID) -> Tenant:
    """One tenant, locked until the end of the transaction in home. Raises TenantNotFound."""
    return _one(Tenant.objects.select_for_update().filter(id=tenant_id), named=ids.show("ten", tenant_id))


def platform() -> Tenant:
    """Tenant zero. Raises TenantNotFound before `manage.py setup` has run."""
    return tenant_by_slug(tenancy.PLATFORM_SLUG)


def domains(tenant_id: UUID) -> QuerySet[Domain]:
    """The hosts of a tenant, newest first."""
    return Domain.objects.filter(tenant_id=tenant_id)


def domain(domain_id: UUID) -> Domain:
    """One domain. Raises DomainNotFound."""
    found = Domain.objects.filter(id=domain_id).first()
    if found is None:
        raise DomainNotFound("No domain has this id. List the tenant's domains to find it.")
    return found


def domain_by_host(host: str) -> Domain:
    """One domain by its host in normal form. Raises DomainNotFound."""
    found = Domain.objects.filter(host=host).first()
    if found is None:
        raise DomainNotFound(f"No tenant answers at {host}.")
    return found


def primary_host(tenant_id: UUID) -> str:
    """The host to show and to link to. Raises DomainNotFound."""
    found = Domain.objects.filter(tenant_id=tenant_id, is_primary=True).first()
    if found is None:
        raise DomainNotFound("The tenant has no domain.")
    return found.host


def cells() -> list[CellLoad]:
    """All cells by name, with how full they are."""
    rows = Cell.objects.annotate(load=Count("tenants")).order_by("name").values_list("name", "region", "state", "capacity", "load")
    return [CellLoad(*row) for row in rows]


def roomy_cells() -> QuerySet[Cell]:
    """Open cells with room for another tenant, the emptiest first."""
    return (
        Cell.objects.annotate(load=Count("tenants")).filter(state=CellState.OPEN, load__lt=F("capacity")).order_by("load", "name")
    )


def complete_tenants() -> QuerySet[Tenant]:
    """Tenants whose place is complete, suspended ones among them, oldest first."""
    return Tenant.objects.filter(state__in=(TenantState.ACTIVE, TenantState.SUSPENDED)).order_by("id")


def unfinished_tenants() -> QuerySet[Tenant]:
    """Tenants that are being made, oldest first."""
    return Tenant.objects.filter(state__in=(TenantState.REQUESTED, TenantState.PROVISIONING)).order_by("id")


def making_of(tenant_id: UUID) -> Operation | None:
    """The operation that makes, or made, a tenant's place; None for `platform`, which is made by `setup`. Platform is active."""
    return operations.by_key(f"{MAKING}:{tenant_id}")


def pending_entries() -> QuerySet[PendingEntry]:
    """Entries that are not in platform's trail yet, oldest first."""
    return PendingEntry.objects.order_by("id")


def _with_host(q: str) -> QuerySet[Domain, UUID]:
    return Domain.objects.filter(host__icontains=q).values_list("tenant_id", flat=True)


def _one(found: QuerySet[Tenant], *, named: str) -> Tenant:
    row = found.first()
    if row is None:
        raise TenantNotFound(f"There is no tenant {named}. List the tenants to find it.")
    return row
