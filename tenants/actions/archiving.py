"""Putting a tenant away as a tried copy, and bringing it back."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from operations import actions as operations
from operations.models import Operation
from tenants import closing, events, operators, outbox, queries, registration, texts
from tenants.actions.standing import refuse_platform, refuse_while_archiving, refused, require_way
from tenants.models import STATE_FIELDS, Backup, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import CopyChanged, NoArchive
from tenants.queries import ARCHIVING, UNARCHIVING

AWAY_STEPS = ("Close the place", "Take the copy", "Try the copy", "Archive the tenant", "Drop the place")
BACK_STEPS = ("Build the place", "Load the copy", "Compare with the copy", "Open the tenant")


@dataclass(frozen=True, slots=True)
class Begun:
    """A tenant whose life takes another turn, and the operation that does the work."""

    tenant: Tenant
    operation: Operation


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def archive_tenant(tenant_id: UUID, *, reason: str, expected_version: int | None = None, actor: Actor) -> Begun:
    """Shut a tenant off and queue its putting away: a copy is taken and tried by a real restore, then its place in the cell is dropped.

    Until the copy was tried it is suspended, and goes back to where it was if anything fails. Raises RegistryClosed, Forbidden, Invalid,
    TenantNotFound, ReservedTenant, WrongState, BeingArchived, PreconditionFailed.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    reason = texts.reason(reason)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    refuse_platform(tenant)
    refuse_while_archiving(tenant)
    require_way(tenant, to=TenantState.ARCHIVED, wanted="archived")
    if tenant.state == TenantState.DELETING:  # that way is the undoing of a deletion
        raise refused(tenant, wanted="archived")
    _shut(tenant, reason=reason)
    plan = _plan(tenant, kind=ARCHIVING, label="Archive", steps=AWAY_STEPS, arguments={"reason": reason})
    operation = operations.start(**plan, actor=actor)
    outbox.record(
        events.ArchivingStarted(subject=tenant.public_id, subject_label=tenant.name, reason=reason),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return Begun(tenant=tenant, operation=operation)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def unarchive_tenant(tenant_id: UUID, *, cell: str | None = None, expected_version: int | None = None, actor: Actor) -> Begun:
    """Queue the bringing back of an archived tenant, into the named cell or the emptiest that it may lie in. It is open when that is done.

    Idempotent while it is at work. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState, BeingArchived, NoArchive, CellUnknown, NoCell,
    ResidencyForbids, PreconditionFailed.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    if tenant.state != TenantState.ARCHIVED:
        raise refused(tenant, wanted="brought back")
    running = queries.unarchiving_of(tenant)
    if running is not None:
        return Begun(tenant=tenant, operation=running)
    refuse_while_archiving(tenant)
    backup = queries.archive_of(tenant.id)
    if backup is None:
        raise NoArchive("No good copy of this archived tenant is there. Restore another backup of it under a new name.")
    tenant.cell = registration.choose_cell(cell, residency=tenant.residency, **_kind(tenant))
    tenant.version += 1
    tenant.save(update_fields=("cell", "version"))
    plan = _plan(tenant, kind=UNARCHIVING, label="Bring back", steps=BACK_STEPS, arguments={"backup_id": str(backup.id)})
    operation = operations.start(**plan, actor=actor)
    outbox.record(
        events.UnarchivingStarted(
            subject=tenant.public_id, subject_label=tenant.name, cell=tenant.cell_id, backup=backup.public_id
        ),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return Begun(tenant=tenant, operation=operation)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def confirm_archived(tenant_id: UUID, *, backup: Backup, reason: str, actor: Actor) -> Tenant:
    """Note that a tenant is put away, once its copy was tried. The operation's own step; platform is active.

    Idempotent. Raises RegistryClosed, Forbidden, TenantNotFound, CopyChanged when somebody changed the tenant's state meanwhile.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state == TenantState.ARCHIVED:
        return tenant
    if not tenant.is_being_archived:
        raise CopyChanged(f"The tenant became {tenant.state} while it was copied; it was not archived.", state=tenant.state)
    tenant.enter(TenantState.ARCHIVED, reason=reason, at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantArchived(
            subject=tenant.public_id, subject_label=tenant.name, reason=reason, backup=backup.public_id, rows=backup.row_count
        ),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def call_off_archiving(tenant_id: UUID, *, reason: str, actor: Actor) -> Tenant:
    """Let a tenant that was to be archived go on where it was. The operation's own step, and the sweep's; platform is active.

    Its place is opened again first. Idempotent: a tenant that is not being archived stays as it is. Raises RegistryClosed, Forbidden,
    TenantNotFound.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state in {TenantState.ACTIVE, TenantState.SUSPENDED}:
        closing.reopen(tenant.ref())
    if not tenant.is_being_archived:
        return tenant
    tenant.enter(TenantState(tenant.previous_state), reason=tenant.previous_reason, at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.ArchivingStopped(subject=tenant.public_id, subject_label=tenant.name, reason=reason[: texts.REASON_MAXIMUM]),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def open_unarchived(tenant_id: UUID, *, backup: Backup, actor: Actor) -> Tenant:
    """Open a tenant whose place was filled from its copy; the copy is kept as long as any other from now on. The operation's own step.

    Idempotent. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state == TenantState.ACTIVE:
        return tenant
    if tenant.state != TenantState.ARCHIVED:
        raise refused(tenant, wanted="brought back")
    now = clock.now()
    tenant.enter(TenantState.ACTIVE, reason="", at=now)
    tenant.save(update_fields=STATE_FIELDS)
    Backup.objects.filter(id=backup.id).update(expires_at=queries.copy_kept_until(tenant, since=now))
    outbox.record(
        events.TenantUnarchived(subject=tenant.public_id, subject_label=tenant.name, cell=tenant.cell_id, backup=backup.public_id),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


def settle_archiving(*, actor: Actor) -> int:
    """Let tenants go on whose archiving has ended without them: cancelled, or failed half-way through saying so. Platform is active.

    Idempotent; returns how many. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.ARCHIVE_TENANTS, actor=actor)
    settled = 0
    for tenant in queries.stuck_archivings():
        operation = queries.at_work_on(tenant, kind=ARCHIVING)
        if operation is not None and operation.is_over:
            reason = str((operation.problem or {}).get("detail", f"Its operation was {operation.state}."))
            call_off_archiving(tenant.id, reason=reason, actor=actor)
            settled += 1
    return settled


def _shut(tenant: Tenant, *, reason: str) -> None:
    """Suspend a tenant that is to be archived, and remember where it was: that tells it from one that was suspended by somebody."""
    was, why = tenant.state, tenant.state_reason
    tenant.enter(TenantState.SUSPENDED, reason=f"It is being archived. {reason}"[: texts.REASON_MAXIMUM], at=clock.now())
    tenant.previous_state, tenant.previous_reason = was, why
    tenant.save(update_fields=STATE_FIELDS)


def _plan(tenant: Tenant, *, kind: str, label: str, steps: tuple[str, ...], arguments: dict[str, str]) -> dict[str, Any]:
    """The arguments of `operations.start`. Each version of the tenant begins at most one such operation."""
    return {
        "kind": kind,
        "key": f"{kind}:{tenant.id}:{tenant.version}",
        "subject": tenant.public_id,
        "label": f"{label} the tenant {tenant.slug}",
        "steps": list(steps),
        "arguments": {"tenant_id": str(tenant.id), **arguments},
    }


def _kind(tenant: Tenant) -> dict[str, str]:
    """The kind of cell that the tenant's plan asks for."""
    return {} if tenant.plan is None else {"kind": tenant.plan.cell_kind}
