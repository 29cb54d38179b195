"""Reading tenants."""

from uuid import UUID

from django.db.models import Q, QuerySet

from kernel import ids, tenancy
from operations import queries as operations
from operations.models import Operation
from tenants.models import Domain, Tenant, TenantState
from tenants.problems import TenantNotFound
from tenants.states import HOUSED

MAKING = "tenants.provision"
"""The kind of the operation, and the name of the task, that makes a tenant's place; with the tenant's id it is the operation's key."""


def tenants(
    *, q: str = "", state: str = "", cell: str = "", region: str = "", plan: str = "", residency: str = ""
) -> QuerySet[Tenant]:
    """Tenants, newest first; `q` is part of a slug, a name or a host, `state` one or more of TenantState with commas between.

    The others are the name of a cell, the code of a region or of a plan, and a jurisdiction. Empty means any.
    """
    exact = {"cell_id": cell, "cell__region_id": region, "plan_id": plan, "residency": residency}
    found = Tenant.objects.prefetch_related("domains").filter(**{name: value for name, value in exact.items() if value})
    if state:
        found = found.filter(state__in=state.split(","))
    if q:
        found = found.filter(Q(slug__icontains=q) | Q(name__icontains=q) | Q(id__in=_with_host(q)))
    return found


def tenant(tenant_id: UUID) -> Tenant:
    """One tenant. Raises TenantNotFound."""
    return _one(Tenant.objects.filter(id=tenant_id), named=ids.show("ten", tenant_id))


def tenant_by_slug(slug: str) -> Tenant:
    """One tenant by its slug. Raises TenantNotFound."""
    return _one(Tenant.objects.filter(slug=slug).exclude(state=TenantState.PURGED), named=slug)


def tenant_named(name: str) -> Tenant:
    """One tenant by what a person writes: its slug or its shown id. Raises TenantNotFound."""
    try:
        return tenant(ids.parse("ten", name))
    except ValueError:
        return tenant_by_slug(name)


def purged_named(name: str) -> Tenant:
    """The tombstone that a person means: by its shown id, or the last tenant that was purged under a slug. Raises TenantNotFound."""
    try:
        return tenant(ids.parse("ten", name))
    except ValueError:
        return _one(Tenant.objects.filter(slug=name, state=TenantState.PURGED).order_by("-state_since"), named=name)


def tenant_for_update(tenant_id: UUID) -> Tenant:
    """One tenant, locked until the end of the transaction in home. Raises TenantNotFound."""
    return _one(Tenant.objects.select_for_update().filter(id=tenant_id), named=ids.show("ten", tenant_id))


def platform() -> Tenant:
    """Tenant zero. Raises TenantNotFound before `manage.py setup` has run."""
    return tenant_by_slug(tenancy.PLATFORM_SLUG)


def complete_tenants() -> QuerySet[Tenant]:
    """Tenants whose place is complete, suspended ones among them, oldest first."""
    return Tenant.objects.filter(state__in=HOUSED).order_by("id")


def unfinished_tenants() -> QuerySet[Tenant]:
    """Tenants that are being made, oldest first."""
    return Tenant.objects.filter(state__in=(TenantState.REQUESTED, TenantState.PROVISIONING)).order_by("id")


def making_of(tenant_id: UUID) -> Operation | None:
    """The operation that makes, or made, a tenant's place; None for `platform`, which is made by `setup`. Platform is active."""
    return operations.by_key(f"{MAKING}:{tenant_id}")


def _with_host(q: str) -> QuerySet[Domain, UUID]:
    return Domain.objects.filter(host__icontains=q).values_list("tenant_id", flat=True)


def _one(found: QuerySet[Tenant], *, named: str) -> Tenant:
    row = found.first()
    if row is None:
        raise TenantNotFound(f"There is no tenant {named}. List the tenants to find it.")
    return row
