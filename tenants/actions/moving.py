"""A move in the registry: it is asked for, the tenant is shut for the moment of the change, changes its cell, or stays."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from operations import actions as operations
from operations.models import Operation
from tenants import events, operators, outbox, queries, registration, texts
from tenants.models import STATE_FIELDS, Leftover, Tenant, TenantState
from tenants.moves import ability
from tenants.permissions import Permission
from tenants.problems import AlreadyThere, MoveImpossible, MoveRunning, ReservedTenant, WrongState
from tenants.states import HOUSED

STEPS = (
    "Check both sides",
    "Make the new place",
    "Copy the tables",
    "Catch up",
    "Change over",
    "Compare both sides",
    "Clean up",
)
KEPT_FOR = timedelta(days=7)
"""How long the old place is kept after a move."""

CHANGED_FIELDS = (*STATE_FIELDS, "cell")


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def move_tenant(tenant_id: UUID, *, cell: str, expected_version: int | None = None, actor: Actor) -> Operation:
    """Queue the move of a tenant to another cell, while it works; it takes no writes for less than half a second at the end.

    Idempotent: a tenant that is on its way to this cell is left to that move. Suspended tenants move as well, and stay suspended. Raises
    RegistryClosed, Forbidden, TenantNotFound, ReservedTenant, WrongState, PreconditionFailed, AlreadyThere, MoveRunning, CellUnknown, NoCell,
    ResidencyForbids, MoveImpossible, Unavailable.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    # Counted before the open ones are asked for: home's lock ends before the platform's commit, so a move that appears between the two
    # questions is either found by the second or has the key that this one would take.
    past = queries.moves_of(tenant).count()
    underway = queries.open_move_of(tenant)
    if underway is not None:
        return _joined(underway, cell=cell)
    _require_movable(tenant, cell=cell)
    plan = _plan(tenant, cell=cell, past=past)
    operation = operations.start(**plan, actor=actor)
    if operation.arguments["to_cell"] != cell:
        return _joined(operation, cell=cell)
    outbox.record(
        events.TenantMoveRequested(subject=tenant.public_id, subject_label=tenant.name, from_cell=tenant.cell_id, to_cell=cell),
        actor=actor,
        tenant_id=tenant.id,
        operation=plan,
    )
    return operation


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def freeze_tenant(tenant_id: UUID, *, to_cell: str, actor: Actor) -> Tenant:
    """Shut a tenant to writers for the moment of the change; it can be read.

    Idempotent: one that is shut stays so. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state == TenantState.MOVING:
        return tenant
    tenant.enter(TenantState.MOVING, reason="", at=clock.now())
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantMoving(subject=tenant.public_id, subject_label=tenant.name, from_cell=tenant.cell_id, to_cell=to_cell),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def thaw_tenant(tenant_id: UUID, *, reason: str, actor: Actor) -> Tenant:
    """Call off the moment of the change: the tenant goes back to the state that it had, in its old cell.

    Idempotent: one that is not shut stays as it is. Raises RegistryClosed, Forbidden, TenantNotFound.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state != TenantState.MOVING:
        return tenant
    _go_back(tenant)
    tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantMovePostponed(subject=tenant.public_id, subject_label=tenant.name, reason=reason[: texts.REASON_MAXIMUM]),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def relocate_tenant(tenant_id: UUID, *, cell: str, freeze_ms: int, row_count: int, actor: Actor) -> Tenant:
    """Let a tenant that is shut for its move live in the new cell from now on, in the state that it had. The old place is a leftover.

    Idempotent: one that lives there stays as it is. Raises RegistryClosed, Forbidden, TenantNotFound, WrongState, CellUnknown, ResidencyForbids.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.cell_id == cell:
        return tenant
    if tenant.state != TenantState.MOVING:
        raise WrongState("Only a tenant that is shut for its move changes its cell.", state=tenant.state)
    old_cell, tenant.cell = tenant.cell_id, registration.choose_cell(cell, residency=tenant.residency)
    _go_back(tenant)
    tenant.save(update_fields=CHANGED_FIELDS)
    Leftover.objects.filter(cell_id=cell, schema=tenant.schema).delete()
    leave_behind(old_cell, schema=tenant.schema, tenant_id=tenant.id, reason=f"Moved to {cell}")
    outbox.record(
        events.TenantMoved(
            subject=tenant.public_id,
            subject_label=tenant.name,
            from_cell=old_cell,
            to_cell=cell,
            freeze_ms=freeze_ms,
            rows=row_count,
        ),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def fail_move(tenant_id: UUID, *, to_cell: str, reason: str, actor: Actor) -> Tenant:
    """Tell that a move was given up; a tenant that is shut for it goes back to the state that it had, in its old cell.

    Idempotent for the tenant; each call is told. Raises RegistryClosed, Forbidden, TenantNotFound.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    if tenant.state == TenantState.MOVING:
        _go_back(tenant)
        tenant.save(update_fields=STATE_FIELDS)
    outbox.record(
        events.TenantMoveFailed(
            subject=tenant.public_id,
            subject_label=tenant.name,
            from_cell=tenant.cell_id,
            to_cell=to_cell,
            reason=reason[: texts.REASON_MAXIMUM],
        ),
        actor=actor,
        tenant_id=tenant.id,
    )
    return tenant


def leave_behind(cell: str, *, schema: str, tenant_id: UUID, reason: str) -> None:
    """Note a place that nobody uses, to be dropped after a week; in home's transaction."""
    Leftover.objects.update_or_create(
        cell_id=cell, schema=schema, defaults={"tenant_id": tenant_id, "reason": reason, "drop_after": clock.now() + KEPT_FOR}
    )


def _go_back(tenant: Tenant) -> None:
    tenant.enter(TenantState(tenant.previous_state or TenantState.ACTIVE), reason=tenant.previous_reason, at=clock.now())


def _require_movable(tenant: Tenant, *, cell: str) -> None:
    if tenant.is_platform:
        raise ReservedTenant("The operator's own tenant stays where it was made: it is home's neighbour.")
    if tenant.state not in HOUSED:
        raise WrongState(f"Only an active or a suspended tenant can be moved. This one is {tenant.state}.", state=tenant.state)
    if tenant.cell_id == cell:
        raise AlreadyThere(f"{tenant.slug} lives in {cell} already.", cell=cell)
    chosen = registration.choose_cell(cell, residency=tenant.residency)
    hindrances = ability.problems_between(tenant.ref(), target=chosen.name)
    if hindrances:
        raise MoveImpossible(" ".join(hindrances), hindrances=hindrances)


def _joined(operation: Operation, *, cell: str) -> Operation:
    """The move that is underway, when it goes to the same cell."""
    if operation.arguments["to_cell"] != cell:
        raise MoveRunning(
            f"It is on its way to {operation.arguments['to_cell']}. Wait for the end of that move, or cancel it.",
            operation=operation.public_id,
        )
    return operation


def _plan(tenant: Tenant, *, cell: str, past: int) -> dict[str, Any]:
    """The arguments of `operations.start`. Two that ask at once give the same key, so that there is one operation."""
    return {
        "kind": queries.MOVE,
        "key": f"{queries.MOVE}:{tenant.id}:{past}",
        "subject": tenant.public_id,
        "label": f"Move {tenant.slug} to {cell}",
        "steps": list(STEPS),
        "arguments": {"tenant_id": str(tenant.id), "from_cell": tenant.cell_id, "to_cell": cell},
    }
