"""Reading hosts."""

from uuid import UUID

from django.db.models import QuerySet

from tenants.models import ANSWERING, Domain
from tenants.problems import DomainNotFound


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
    found = Domain.objects.filter(host=host, state__in=ANSWERING).first()
    if found is None:
        raise DomainNotFound(f"No tenant answers at {host}.")
    return found


def primary_host(tenant_id: UUID) -> str:
    """The host to show and to link to. Raises DomainNotFound."""
    found = Domain.objects.filter(tenant_id=tenant_id, is_primary=True).first()
    if found is None:
        raise DomainNotFound("The tenant has no domain.")
    return found.host
