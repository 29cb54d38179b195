"""Erasing a tenant for good: after its grace time, or at once where somebody says so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from kernel.problems import Conflict
from operations import actions as operations
from operations.models import Operation
from tenants import events, operators, outbox, queries, texts
from tenants.actions.standing import refused, require_slug
from tenants.erasure import proof
from tenants.models import STATE_FIELDS, Backup, Erasure, Tenant, TenantState
from tenants.permissions import Permission
from tenants.problems import FinalCopyMissing, GraceNotOver
from tenants.queries import PURGING

STEPS = ("Count what is there", "Drop the place", "Remove what else there is", "Look whether anything is left", "Write the proof")
PURGES_AT_ONCE = 5
"""Erasures that one tick of the timetable begins."""

DUE = "Its grace time is over."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Purge:
    """A tenant that is being erased, and the operation that does it."""

    tenant: Tenant
    operation: Operation


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def purge_tenant(tenant_id: UUID, *, slug: str, expected_version: int | None = None, actor: Actor) -> Purge:
    """Begin to erase a tenant whose grace time is over and whose final copy was taken and tried. Nothing leads back from here.

    `slug` is typed to confirm. Idempotent while the erasure is at work; one that ended without it is begun again. Raises RegistryClosed,
    Forbidden, TenantNotFound, SlugNotConfirmed, WrongState, GraceNotOver, FinalCopyMissing, PreconditionFailed.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    tenant = _deleting(tenant_id, slug=slug, expected_version=expected_version)
    if not tenant.is_being_erased and tenant.delete_after is not None and tenant.delete_after > clock.now():
        raise GraceNotOver(
            "The grace time is not over. Wait for it, or say that the tenant is to be erased now, and why.",
            delete_after=clock.rfc3339(tenant.delete_after),
        )
    return _begun(tenant, reason=DUE, without_copy="", actor=actor)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def purge_tenant_now(
    tenant_id: UUID, *, slug: str, reason: str, without_export: str = "", expected_version: int | None = None, actor: Actor
) -> Purge:
    """Begin to erase a tenant that is being deleted before its grace time is over. Nothing leads back from here.

    `slug` is typed to confirm; `without_export` is the slug typed once more, where the tenant is to go without a final copy. Idempotent while the
    erasure is at work. Raises RegistryClosed, Forbidden, Invalid, TenantNotFound, SlugNotConfirmed, WrongState, FinalCopyMissing,
    PreconditionFailed.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    reason = texts.reason(reason)
    tenant = _deleting(tenant_id, slug=slug, expected_version=expected_version)
    if without_export:
        require_slug(tenant, typed=without_export, pointer="/without_export")
    return _begun(tenant, reason=reason, without_copy=without_export, actor=actor)


def purge_due(*, actor: Actor) -> int:
    """Begin to erase the tenants whose grace time is over, a few at a time; returns how many. Platform is active.

    Those whose final copy is missing are left for somebody to look at: `manage.py doctor` names them. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    due = queries.due_for_purge(clock.now())[:PURGES_AT_ONCE]
    begun = 0
    for tenant in due:
        try:
            purge_tenant(tenant.id, slug=tenant.slug, expected_version=tenant.version, actor=actor)
        except Conflict as refused_now:  # somebody was faster: undid it, or began the same
            log.info("purge.left", tenant=tenant.public_id, why=refused_now.detail)
        else:
            begun += 1
    return begun


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def bury_tenant(tenant_id: UUID, *, document: dict[str, Any], last_backup_expires_at: datetime | None, actor: Actor) -> Erasure:
    """Leave a tombstone and the proof in place of a tenant of which nothing is left. The erasure's own last step; platform is active.

    The row keeps id, slug, cell and dates; name, reason and settings are blanked. The slug is free for others. Idempotent. Raises RegistryClosed,
    Forbidden, TenantNotFound, WrongState.
    """
    operators.require(Permission.DELETE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state == TenantState.PURGED:
        return queries.erasure(tenant)
    tenant.enter(TenantState.PURGED, reason="", at=clock.now())
    tenant.name, tenant.settings, tenant.delete_after = "", {}, None
    tenant.save(update_fields=(*STATE_FIELDS, "name", "settings", "delete_after"))
    digest = proof.digest_of(document)
    erasure = Erasure.objects.create(
        tenant=tenant, proof=document, sha256=digest, purged_at=tenant.state_since, last_backup_expires_at=last_backup_expires_at
    )
    outbox.record(
        events.TenantPurged(
            subject=tenant.public_id,
            subject_label=tenant.slug,
            slug=tenant.slug,
            proof_sha256=digest,
            last_backup_expires_at="" if last_backup_expires_at is None else clock.rfc3339(last_backup_expires_at),
        ),
        actor=actor,
        tenant_id=tenant.id,
    )
    return erasure


def _deleting(tenant_id: UUID, *, slug: str, expected_version: int | None) -> Tenant:
    """The locked tenant, if it is being deleted and is the one that was meant."""
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    require_slug(tenant, typed=slug)
    if tenant.state != TenantState.DELETING:
        raise refused(tenant, wanted="purged")
    return tenant


def _begun(tenant: Tenant, *, reason: str, without_copy: str, actor: Actor) -> Purge:
    """Burn the way back and start the operation; the one that is at work is returned as it is."""
    latest = queries.at_work_on(tenant, kind=PURGING)
    if tenant.is_being_erased and latest is not None and not latest.is_over:
        return Purge(tenant=tenant, operation=latest)
    copy = _final_copy(tenant, latest=latest, without_copy=without_copy)
    tenant.previous_state, tenant.previous_reason = "", ""
    tenant.version += 1
    tenant.save(update_fields=STATE_FIELDS)
    copy_id = "" if copy is None else copy.public_id
    plan = _plan(tenant, reason=reason, copy="" if copy is None else str(copy.id), by=actor.id)
    operation = operations.start(**plan, actor=actor)
    outbox.record(
        events.ErasureStarted(
            subject=tenant.public_id, subject_label=tenant.name, slug=tenant.slug, reason=reason, final_backup=copy_id
        ),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return Purge(tenant=tenant, operation=operation)


def _final_copy(tenant: Tenant, *, latest: Operation | None, without_copy: str) -> Backup | None:
    """The copy that outlives the tenant; an erasure that is begun again keeps the one that it began with. Raises FinalCopyMissing."""
    if tenant.is_being_erased:
        kept = "" if latest is None else str(latest.arguments.get("copy_id", ""))
        return Backup.objects.filter(id=UUID(kept)).first() if kept else None
    copy = queries.final_copy_of(tenant)
    if copy is None and queries.has_contents(tenant) and not without_copy:
        operation = queries.at_work_on(tenant, kind=queries.FINAL_COPY)
        raise FinalCopyMissing(
            "The final copy of this tenant is not there yet, or could not be taken. Look at its operation; ask for the deletion again to take"
            " another, or say by its slug that the tenant is to go without one.",
            operation="" if operation is None else operation.public_id,
        )
    return copy


def _plan(tenant: Tenant, *, reason: str, copy: str, by: str) -> dict[str, Any]:
    """The arguments of `operations.start`. Each version of the tenant begins at most one erasure."""
    return {
        "kind": PURGING,
        "key": f"{PURGING}:{tenant.id}:{tenant.version}",
        "subject": tenant.public_id,
        "label": f"Erase the tenant {tenant.slug}",
        "steps": list(STEPS),
        "arguments": {"tenant_id": str(tenant.id), "copy_id": copy, "reason": reason, "by": by},
    }
