"""Reading hosts."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from tenants.models import ANSWERING, Domain, DomainKind, DomainState, Tenant
from tenants.problems import DomainNotFound

COUNTED = (DomainState.CLAIMED.value, *ANSWERING)


def domains(tenant_id: UUID, *, q: str = "", state: str = "") -> QuerySet[Domain]:
    """The hosts of a tenant, newest first; `q` is part of a host, `state` one of the states."""
    return _filtered(Domain.objects.filter(tenant_id=tenant_id), q=q, state=state)


def answering_domains(tenant_id: UUID) -> QuerySet[Domain]:
    """The hosts that a tenant answers at now, newest first."""
    return Domain.objects.filter(tenant_id=tenant_id, state__in=ANSWERING)


def all_domains(*, q: str = "", state: str = "") -> QuerySet[Domain]:
    """The hosts of all tenants with their tenants, newest first; `q` is part of a host, of a slug or of a tenant's name."""
    return _filtered(Domain.objects.select_related("tenant"), q="", state=state).filter(
        Q(host__icontains=q) | Q(tenant__slug__icontains=q) | Q(tenant__name__icontains=q)
    )


def domain(domain_id: UUID) -> Domain:
    """One domain. Raises DomainNotFound."""
    found = Domain.objects.select_related("tenant").filter(id=domain_id).first()
    if found is None:
        raise DomainNotFound("No domain has this id. List the tenant's domains to find it.")
    return found


def domain_for_update(domain_id: UUID) -> Domain:
    """One domain, locked together with its tenant: whoever changes a host of the same tenant waits here. Raises DomainNotFound."""
    tenant = Tenant.objects.select_for_update().get(id=domain(domain_id).tenant_id)
    found = Domain.objects.select_for_update().filter(id=domain_id).first()
    if found is None:
        raise DomainNotFound("The domain was removed a moment ago. List the tenant's domains.")
    found.tenant = tenant
    return found


def domain_named(host: str, *, tenant_id: UUID | None = None) -> Domain:
    """One domain by its host in normal form, also one that does not answer: of the tenant if one is named, else of whoever answers there.

    Where nobody answers, the only claim or the only one given back is taken. Raises DomainNotFound.
    """
    named = Domain.objects.select_related("tenant").filter(host=host)
    if tenant_id is not None:
        named = named.filter(tenant_id=tenant_id)
    found = list(named[:100])
    answering = [row for row in found if row.is_answering]
    if len(found) > 1 and not answering:
        raise DomainNotFound(f"Several tenants have claimed or had {host}. Say which one with --tenant.")
    if not found:
        raise DomainNotFound(f"No tenant has {host}, and none has claimed it.")
    return (answering or found)[0]


def primary_host(tenant_id: UUID) -> str:
    """The host to show and to link to. Raises DomainNotFound."""
    found = Domain.objects.filter(tenant_id=tenant_id, is_primary=True).first()
    if found is None:
        raise DomainNotFound("The tenant has no domain.")
    return found.host


def custom_domains_used(tenant_id: UUID) -> int:
    """How many hosts of its own a tenant answers at or has claimed: what its maximum counts."""
    return Domain.objects.filter(tenant_id=tenant_id, kind=DomainKind.CUSTOM, state__in=COUNTED).count()


def due_domains(at: datetime) -> QuerySet[Domain]:
    """Domains whose next look at DNS is due, the longest waiting first."""
    return Domain.objects.filter(next_check_at__lte=at, state__in=COUNTED).order_by("next_check_at", "id")


def _filtered(rows: QuerySet[Domain], *, q: str, state: str) -> QuerySet[Domain]:
    if state:
        rows = rows.filter(state=state)
    return rows.filter(host__icontains=q) if q else rows
