"""Hosts come and go."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from kernel import problems, tenancy
from kernel.actors import Actor
from tenants import events, hosts, operators, outbox, queries
from tenants.models import Domain, DomainKind
from tenants.permissions import Permission
from tenants.problems import HostTaken, LastDomain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def add_domain(tenant_id: UUID, *, host: str, actor: Actor) -> Domain:
    """Let a tenant answer at one more host.

    Idempotent: a host that the tenant has already is returned as it is. That the tenant owns the name is the operator's word; nothing is
    asked of DNS. Raises RegistryClosed, Forbidden, TenantNotFound, HostInvalid, HostTaken.
    """
    operators.require(Permission.WRITE_DOMAINS, actor=actor)
    name = hosts.check_custom(host, suffix=settings.TENANT_DOMAIN_SUFFIX)
    tenant = queries.tenant_for_update(tenant_id)
    found = Domain.objects.filter(host=name).first()
    if found is not None and found.tenant_id == tenant.id:
        return found
    if found is not None:
        raise _taken(name)
    domain = _inserted(Domain(tenant=tenant, host=name, kind=DomainKind.CUSTOM))
    outbox.record(
        events.DomainAdded(subject=domain.public_id, subject_label=name, tenant=tenant.public_id, host=name, kind=domain.kind),
        actor=actor,
        tenant_id=tenant.id,
    )
    return domain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def remove_domain(domain_id: UUID, *, expected_version: int | None = None, actor: Actor) -> None:
    """Let a tenant no longer answer at a host.

    If it was the primary one, the tenant's platform address takes its place. Raises RegistryClosed, Forbidden, DomainNotFound, LastDomain,
    PreconditionFailed.
    """
    operators.require(Permission.WRITE_DOMAINS, actor=actor)
    tenant = queries.tenant_for_update(queries.domain(domain_id).tenant_id)
    domain = queries.domain(domain_id)
    problems.require_version(domain, expected=expected_version)
    if domain.kind == DomainKind.PLATFORM:
        raise LastDomain("A tenant keeps its platform address. Rename the tenant to change it.", host=domain.host)
    public_id = domain.public_id
    domain.delete()
    if domain.is_primary:
        Domain.objects.filter(tenant=tenant, kind=DomainKind.PLATFORM).update(is_primary=True)
    outbox.record(
        events.DomainRemoved(subject=public_id, subject_label=domain.host, tenant=tenant.public_id, host=domain.host),
        actor=actor,
        tenant_id=tenant.id,
    )


def _inserted(domain: Domain) -> Domain:
    """Save a new domain; another tenant may have taken the host since it was looked for."""
    try:
        with transaction.atomic(using=tenancy.HOME):
            domain.save(force_insert=True)
    except IntegrityError as fault:
        raise _taken(domain.host) from fault
    return domain


def _taken(host: str) -> HostTaken:
    return HostTaken(f"{host} answers for a tenant already. Remove it there first.", host=host)
