"""Deleting a tenant with a grace time, and undoing that."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from operations import actions as operations
from operations.models import Operation
from tenants import closing, events, operators, outbox, queries, tenant_settings, texts
from tenants.actions.standing import refuse_platform, refuse_while_archiving, refused, require_slug, require_way
from tenants.models import STATE_FIELDS, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import ErasureBegun
from tenants.queries import FINAL_COPY
from tenants.states import HOUSED

COPY_STEPS = ("Close the place", "Take the final copy", "Try the final copy", "Open the place for the operator")
DELETION_FIELDS = (*STATE_FIELDS, "delete_after")


@dataclass(frozen=True, slots=True)
class Deletion:
    """A tenant in its grace time, and the operation that takes its final copy; None where there is nothing to copy, or it is taken."""

    tenant: Tenant
    operation: Operation | None


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def delete_tenant(tenant_id: UUID, *, slug: str, reason: str, expected_version: int | None = None, actor: Actor) -> Deletion:
    """Take a tenant out of service for good: it answers nobody from now on, a final copy is taken, and after its grace time it is erased.

    `slug` is typed to confirm. Idempotent: a tenant that is being deleted keeps its date and its reason; a final copy that could not be taken is
    queued again. Raises RegistryClosed, Forbidden, Invalid, TenantNotFound, ReservedTenant, SlugNotConfirmed, WrongState, BeingArchived,
    PreconditionFailed.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    reason = texts.reason(reason)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    refuse_platform(tenant)
    require_slug(tenant, typed=slug)
    if tenant.state == TenantState.DELETING:
        return Deletion(tenant=tenant, operation=_copy_again(tenant, actor=actor))
    refuse_while_archiving(tenant)
    require_way(tenant, to=TenantState.DELETING, wanted="deleted")
    now = clock.now()
    tenant.enter(TenantState.DELETING, reason=reason, at=now)
    tenant.delete_after = now + timedelta(days=int(tenant_settings.value(tenant, "deletion_grace_days")))
    tenant.save(update_fields=DELETION_FIELDS)
    plan = _copy_plan(tenant, attempt="1") if queries.lacks_final_copy(tenant) else None
    operation = None if plan is None else operations.start(**plan, actor=actor)
    outbox.record(
        events.DeletionStarted(
            subject=tenant.public_id,
            subject_label=tenant.name,
            slug=tenant.slug,
            reason=reason,
            was=tenant.previous_state,
            delete_after=clock.rfc3339(tenant.delete_after),
        ),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return Deletion(tenant=tenant, operation=operation)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def undelete_tenant(tenant_id: UUID, *, expected_version: int | None = None, actor: Actor) -> Tenant:
    """Undo a deletion: the tenant is in the state that it was in before, with the reason that it had.

    A final copy that was taken stays until it expires. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState, ErasureBegun,
    PreconditionFailed.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    if tenant.is_being_erased:
        raise ErasureBegun("The grace time is over and the tenant is being erased; restore its final copy under a new name.")
    if tenant.state != TenantState.DELETING:
        raise refused(tenant, wanted="undeleted")
    if TenantState(tenant.previous_state) in HOUSED:
        # Before home says so: a place that is open while the gate is shut harms nobody, the other way round a tenant would stand still.
        closing.reopen(tenant.ref())
    tenant.enter(TenantState(tenant.previous_state), reason=tenant.previous_reason, at=clock.now())
    tenant.delete_after = None
    tenant.save(update_fields=DELETION_FIELDS)
    outbox.record(
        events.DeletionUndone(subject=tenant.public_id, subject_label=tenant.name, slug=tenant.slug, state=tenant.state),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


def _copy_again(tenant: Tenant, *, actor: Actor) -> Operation | None:
    """The operation that takes the final copy, if one is still needed: the one at work, or a new one."""
    if tenant.is_being_erased or not queries.lacks_final_copy(tenant):
        return None
    latest = queries.at_work_on(tenant, kind=FINAL_COPY)
    if latest is not None and not latest.is_over:
        return latest
    attempt = "1" if latest is None else latest.public_id
    return operations.start(**_copy_plan(tenant, attempt=attempt), actor=actor)


def _copy_plan(tenant: Tenant, *, attempt: str) -> dict[str, Any]:
    """The arguments of `operations.start`; a further attempt is named after the one before it."""
    return {
        "kind": FINAL_COPY,
        "key": f"{FINAL_COPY}:{tenant.id}:{tenant.version}:{attempt}",
        "subject": tenant.public_id,
        "label": f"Take the final copy of {tenant.slug}",
        "steps": list(COPY_STEPS),
        "arguments": {"tenant_id": str(tenant.id)},
    }
