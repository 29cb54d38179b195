"""Hosts are claimed, vouched for, given back; one of them is primary, and others may redirect to it.

The operator may do this for every tenant, a tenant's own people for theirs; what happens stands in both trails.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from kernel.problems import LimitReached
from tenants import events, hosts, operators, queries, tenant_settings, texts
from tenants.actions import telling
from tenants.domains import holding, releasing, settling
from tenants.models import Domain, DomainKind, DomainState, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import DomainNotFound, LastDomain, WrongDomainState, WrongState

ENDING = frozenset({TenantState.DELETING.value, TenantState.PURGED.value})


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def claim_domain(tenant_id: UUID, *, host: str, actor: Actor) -> Domain:
    """Ask for a host. The tenant answers there once DNS proves that it is the tenant's own; a claim that nobody proves ends after seven days.

    Idempotent: a host that the tenant has or has claimed is returned as it is. Many may claim a host, a claim keeps nobody off. Raises
    RegistryClosed, Forbidden, TenantNotFound, WrongState, HostInvalid, HostTaken, HostQuarantined, LimitReached.
    """
    require_write(tenant_id, actor=actor)
    name = hosts.check_custom(
        host, suffix=settings.TENANT_DOMAIN_SUFFIX, edge=settings.EDGE_DOMAIN, operator=settings.OPERATOR_HOST
    )
    tenant = queries.tenant_for_update(tenant_id)
    found = Domain.objects.filter(tenant=tenant, host=name).first()
    if found is not None and found.state != DomainState.RELEASED:
        return found
    _refuse_claim(tenant)
    now = clock.now()
    holding.refuse_taken(tenant, host=name, at=now)
    domain = found or Domain(tenant=tenant, host=name, kind=DomainKind.CUSTOM.value, version=0)
    domain.state = DomainState.CLAIMED.value
    domain.claim_expires_at = now + settling.CLAIM_LASTS
    domain.next_check_at = now + settling.CLAIM_RECHECK
    domain.version += 1
    domain.save()
    claimed = events.DomainClaimed(**telling.about(domain), expires_at=clock.rfc3339(domain.claim_expires_at))
    telling.record(claimed, domain=domain, actor=actor)
    return domain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def trust_domain(domain_id: UUID, *, reason: str, expected_version: int | None = None, actor: Actor) -> Domain:
    """Let a tenant answer at a claimed host on the operator's word, without asking DNS now or later; the reason stands in both trails.

    For hosts that this installation cannot look up, such as those of a company's own network. Idempotent: a host that answers stays as it is.
    Raises RegistryClosed, Forbidden, DomainNotFound, Invalid, HostTaken, HostQuarantined, WrongDomainState, PreconditionFailed.
    """
    operators.require(Permission.WRITE_DOMAINS, actor=actor)
    reason = texts.reason(reason)
    domain = queries.domain_for_update(domain_id)
    problems.require_version(domain, expected=expected_version)
    if domain.state == DomainState.ACTIVE:
        return domain
    if domain.state != DomainState.CLAIMED:
        raise WrongDomainState(f"{domain.host} is {domain.state}. Claim it first.", state=domain.state)
    now = clock.now()
    holding.refuse_taken(domain.tenant, host=domain.host, at=now)
    settling.activate(domain, at=now, next_check_at=None)
    domain.findings = [{"code": "trusted", "level": "warning", "detail": f"DNS is not asked; an operator vouched for it: {reason}"}]
    domain.version += 1
    holding.save_answering(domain, fields=settling.FIELDS)
    activated = events.DomainActivated(**telling.about(domain), proof="trust", reason=reason)
    telling.record(activated, domain=domain, actor=actor)
    return domain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def add_trusted_domain(tenant_id: UUID, *, host: str, reason: str, actor: Actor) -> Domain:
    """Claim a host and vouch for it in one go; both or neither.

    Idempotent: a host at which the tenant answers stays as it is. Raises as `claim_domain` and `trust_domain`.
    """
    claimed = claim_domain(tenant_id, host=host, actor=actor)
    return trust_domain(claimed.id, reason=reason, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def release_domain(domain_id: UUID, *, expected_version: int | None = None, actor: Actor) -> None:
    """Let a tenant no longer answer at a host; nobody else gets it for 30 days. A claim that was never proven is forgotten instead.

    If it was the primary one, the tenant's platform address takes its place. Idempotent: what was given back stays as it is. Raises
    RegistryClosed, Forbidden, DomainNotFound, LastDomain, PreconditionFailed.
    """
    domain = locked(domain_id, actor=actor)
    if domain.kind == DomainKind.PLATFORM:
        raise LastDomain("A tenant keeps its platform address. Rename the tenant to change it.", host=domain.host)
    if domain.state == DomainState.RELEASED:
        return
    problems.require_version(domain, expected=expected_version)
    told = telling.about(domain)
    if domain.state == DomainState.CLAIMED:
        releasing.drop_claim(domain, at=clock.now())
        telling.record(events.DomainRemoved(**told, why="withdrawn", reason=""), domain=domain, actor=actor)
        return
    kept_until = releasing.release(domain, at=clock.now())
    telling.record(events.DomainReleased(**told, why="asked", kept_until=clock.rfc3339(kept_until)), domain=domain, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def end_quarantine(domain_id: UUID, *, reason: str, expected_version: int | None = None, actor: Actor) -> None:
    """Let everybody claim a host again that was given back, before its 30 days are over. The operator's act, and the reason is kept.

    Raises RegistryClosed, Forbidden, Invalid, DomainNotFound, WrongDomainState, PreconditionFailed.
    """
    operators.require(Permission.WRITE_DOMAINS, actor=actor)
    reason = texts.reason(reason)
    domain = queries.domain_for_update(domain_id)
    problems.require_version(domain, expected=expected_version)
    if domain.quarantined_until is None:
        raise WrongDomainState(f"{domain.host} is {domain.state}, not given back. Release it first.", state=domain.state)
    removed = events.DomainRemoved(**telling.about(domain), why="quarantine", reason=reason)
    domain.quarantined_until = None
    if domain.state == DomainState.RELEASED:
        domain.delete()
    else:  # the tenant that had it has claimed it again: the claim stays, and keeps nobody off
        domain.version += 1
        domain.save(update_fields=("quarantined_until", "version"))
    telling.record(removed, domain=domain, actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def make_primary(domain_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Domain:
    """Make a host the one that is shown and linked to. If it redirected, it answers by itself now.

    Idempotent: the primary host stays as it is. Raises RegistryClosed, Forbidden, DomainNotFound, WrongDomainState, PreconditionFailed.
    """
    domain = locked(domain_id, actor=actor)
    if domain.is_primary:
        return domain
    problems.require_version(domain, expected=expected_version)
    _require_active(domain, "Only a host that answers and is proven can be the primary one.")
    before = Domain.objects.filter(tenant=domain.tenant, is_primary=True).first()
    if before is not None:
        before.is_primary = False
        before.version += 1
        before.save(update_fields=("is_primary", "version"))
    domain.is_primary, domain.redirects = True, False
    domain.version += 1
    domain.save(update_fields=("is_primary", "redirects", "version"))
    made = events.DomainMadePrimary(**telling.about(domain), before="" if before is None else before.host)
    telling.record(made, domain=domain, actor=actor)
    return domain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def start_redirect(domain_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Domain:
    """Let a host send people on to the primary one. The API goes on answering at both.

    Idempotent: a host that redirects stays as it is. Raises RegistryClosed, Forbidden, DomainNotFound, WrongDomainState, PreconditionFailed.
    """
    domain = locked(domain_id, actor=actor)
    if domain.redirects:
        return domain
    problems.require_version(domain, expected=expected_version)
    _require_active(domain, "Only a host that answers can redirect.")
    if domain.is_primary:
        raise WrongDomainState(
            "The primary host is where the others redirect to. Make another one primary first.", state=domain.state
        )
    domain.redirects = True
    domain.version += 1
    domain.save(update_fields=("redirects", "version"))
    telling.record(events.DomainRedirectStarted(**telling.about(domain)), domain=domain, actor=actor)
    return domain


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def stop_redirect(domain_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Domain:
    """Let a host answer by itself again.

    Idempotent: a host that does not redirect stays as it is. Raises RegistryClosed, Forbidden, DomainNotFound, PreconditionFailed.
    """
    domain = locked(domain_id, actor=actor)
    if not domain.redirects:
        return domain
    problems.require_version(domain, expected=expected_version)
    domain.redirects = False
    domain.version += 1
    domain.save(update_fields=("redirects", "version"))
    telling.record(events.DomainRedirectStopped(**telling.about(domain)), domain=domain, actor=actor)
    return domain


def locked(domain_id: UUID, *, actor: Actor) -> Domain:
    """A domain that the actor may change, locked with its tenant. Raises RegistryClosed, Forbidden, DomainNotFound."""
    here = tenancy.current()
    owner_id = queries.domain(domain_id).tenant_id
    if not here.is_platform and owner_id != here.id:
        raise DomainNotFound("This tenant has no such domain.")
    require_write(owner_id, actor=actor)
    return queries.domain_for_update(domain_id)


def require_write(tenant_id: UUID, *, actor: Actor) -> None:
    """Go on as the operator, or as one of the tenant's own who may change its hosts. Raises RegistryClosed, Forbidden."""
    operators.require_over(tenant_id, permission=Permission.WRITE_DOMAINS, own=Permission.WRITE_OWN_DOMAINS, actor=actor)


def _refuse_claim(tenant: Tenant) -> None:
    if tenant.state in ENDING:
        raise WrongState(f"The tenant is {tenant.state}: it takes no more hosts.", state=tenant.state)
    limit, used = tenant_settings.value(tenant, "custom_domains_maximum"), queries.custom_domains_used(tenant.id)
    if used >= limit:
        raise LimitReached("Give back a domain, or ask the operator for more.", limit=limit, used=used)


def _require_active(domain: Domain, detail: str) -> None:
    if domain.state != DomainState.ACTIVE:
        raise WrongDomainState(f"{detail} This one is {domain.state}.", state=domain.state)
