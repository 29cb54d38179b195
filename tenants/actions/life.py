"""A tenant's life after it was asked for: it comes up, or fails to; is renamed, suspended and resumed."""

from uuid import UUID

from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from tenants import events, operators, outbox, queries, registration, slugs, texts
from tenants.actions.standing import refuse_platform, refuse_while_archiving, refused
from tenants.models import STATE_FIELDS, Tenant, TenantState
from tenants.permissions import Permission
from tenants.states import HOUSED


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def activate_tenant(tenant_id: UUID, *, actor: Actor) -> Tenant:
    """Open a tenant whose place is complete.

    Idempotent: a tenant that was opened before, even if suspended since, stays as it is. One that was archived or deleted since is not opened by
    the worker that made it. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state in HOUSED:
        return tenant
    if tenant.state != TenantState.PROVISIONING:
        raise refused(tenant, wanted="opened")
    tenant.enter(TenantState.ACTIVE, reason="", at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantActivated(subject=tenant.public_id, subject_label=tenant.name, slug=tenant.slug),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def fail_provisioning(tenant_id: UUID, *, reason: str, actor: Actor) -> Tenant:
    """Give up making a tenant's place, after the last attempt. What was made stays for `resume_provisioning`.

    Idempotent: a tenant that is not being made stays as it is. Raises RegistryClosed, Forbidden, TenantNotFound.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state not in {TenantState.REQUESTED, TenantState.PROVISIONING}:
        return tenant
    reason = reason[: texts.REASON_MAXIMUM]
    tenant.enter(TenantState.FAILED, reason=reason, at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.ProvisioningFailed(subject=tenant.public_id, subject_label=tenant.name, slug=tenant.slug, reason=reason),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def resume_provisioning(tenant_id: UUID, *, actor: Actor) -> Tenant:
    """Take up the making of a tenant's place again after it had failed.

    Idempotent: a tenant that did not fail stays as it is. Raises RegistryClosed, Forbidden, TenantNotFound.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state != TenantState.FAILED:
        return tenant
    tenant.enter(TenantState.PROVISIONING, reason="", at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.ProvisioningResumed(subject=tenant.public_id, subject_label=tenant.name, slug=tenant.slug),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def suspend_tenant(tenant_id: UUID, *, reason: str, expected_version: int | None = None, actor: Actor) -> Tenant:
    """Shut a tenant off: pages, API and jobs are refused from the next request on, and the reason is shown. Its data stays.

    Idempotent: a tenant suspended for the same reason stays as it is; with another reason the reason changes. Raises RegistryClosed, Forbidden,
    Invalid, TenantNotFound, ReservedTenant, WrongState, BeingArchived, PreconditionFailed.
    """
    operators.require(Permission.SUSPEND_TENANTS, actor=actor)
    reason = texts.reason(reason)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    refuse_platform(tenant)
    refuse_while_archiving(tenant)
    if tenant.state == TenantState.SUSPENDED and tenant.state_reason == reason:
        return tenant
    if tenant.state not in HOUSED:
        raise refused(tenant, wanted="suspended")
    tenant.enter(TenantState.SUSPENDED, reason=reason, at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantSuspended(subject=tenant.public_id, subject_label=tenant.name, reason=reason), actor=actor, tenant_id=tenant.id
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def resume_tenant(tenant_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Tenant:
    """Let a suspended tenant answer again.

    Idempotent: an active tenant stays as it is. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState, BeingArchived,
    PreconditionFailed.
    """
    operators.require(Permission.SUSPEND_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    if tenant.state == TenantState.ACTIVE:
        return tenant
    refuse_while_archiving(tenant)
    if tenant.state != TenantState.SUSPENDED:
        raise refused(tenant, wanted="resumed")
    tenant.enter(TenantState.ACTIVE, reason="", at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(events.TenantResumed(subject=tenant.public_id, subject_label=tenant.name), actor=actor, tenant_id=tenant.id)
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def rename_tenant(
    tenant_id: UUID, *, slug: str | None = None, name: str | None = None, expected_version: int | None = None, actor: Actor
) -> Tenant:
    """Give a tenant another slug, another name, or both. With the slug its platform address moves; its schema and its sessions stay.

    Idempotent: what stays the same is not recorded. Raises RegistryClosed, Forbidden, Invalid, SlugInvalid, SlugReserved, TenantNotFound,
    ReservedTenant, WrongState, SlugTaken, SlugLookalike, PreconditionFailed.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    new_name = None if name is None else texts.name(name)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    refuse_platform(tenant)
    if tenant.state in {TenantState.DELETING, TenantState.PURGED}:
        raise refused(tenant, wanted="renamed")
    old_slug, old_name = tenant.slug, tenant.name
    new_slug = old_slug if slug in {None, old_slug} else slugs.check(slug or "")
    if (new_slug, new_name or old_name) == (old_slug, old_name):
        return tenant
    tenant.slug, tenant.slug_skeleton, tenant.name = new_slug, slugs.skeleton(new_slug), new_name or old_name
    tenant.version += 1
    registration.save_names(tenant)
    outbox.record(
        events.TenantRenamed(
            subject=tenant.public_id,
            subject_label=tenant.name,
            old_slug=old_slug,
            new_slug=new_slug,
            old_name=old_name,
            new_name=tenant.name,
        ),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant
