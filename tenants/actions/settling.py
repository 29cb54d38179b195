"""Finishing what moves left half done: tenants that stay shut, slots that keep the log, walls that nobody takes down."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import structlog

from kernel import tenancy
from kernel.actors import Actor
from tenants import operators, provisioning, queries
from tenants.actions.moving import fail_move
from tenants.models import Cell, Tenant, TenantState
from tenants.moves import copying, leaving, servers, walls
from tenants.permissions import Permission

log = structlog.get_logger(__name__)


def settle_moves(*, actor: Actor) -> int:
    """Put in order what moves have left that nobody works on: tenants that are still shut go on, and every cell is searched for traces.

    Idempotent; returns how many tenants were settled. A cell that is away waits for another round. Platform is active. Raises RegistryClosed,
    Forbidden.
    """
    operators.require(Permission.MOVE_TENANTS, actor=actor)
    settled = sum(_opened_again(tenant, actor=actor) for tenant in queries.stuck_tenants())
    return settled + sum(_cleared(alias, tenant) for alias, tenant in _traces())


def _opened_again(tenant: Tenant, *, actor: Actor) -> int:
    move = queries.moves_of(tenant).first()
    try:
        with provisioning.alone(tenant.ref()), servers.opened(tenant.cell_id) as source:
            walls.take_down(source, tenant.schema)
            fail_move(
                tenant.id,
                to_cell="" if move is None else str(move.arguments["to_cell"]),
                reason="Its operation ended without opening the tenant again.",
                actor=actor,
            )
    except servers.FAULTS as fault:
        log.warning("move.not_settled", tenant=tenant.slug, why=str(fault))
        return 0
    return 1


def _traces() -> Iterator[tuple[str, Tenant]]:
    """Each cell with each tenant of which a move has left something there, and that is on no move now."""
    for alias in Cell.objects.order_by("name").values_list("name", flat=True):
        if tenancy.breaker.is_open(alias):
            continue
        try:
            with servers.opened(alias) as connection:
                found = leaving.traces(connection)
        except servers.FAULTS as fault:
            log.warning("move.traces_not_sought", cell=alias, why=str(fault))
            continue
        yield from ((alias, tenant) for tenant in _idle(found))


def _idle(found: list[UUID]) -> list[Tenant]:
    rows = Tenant.objects.filter(id__in=found).exclude(state=TenantState.MOVING).order_by("id")
    return [tenant for tenant in rows if queries.open_move_of(tenant) is None]


def _cleared(alias: str, tenant: Tenant) -> int:
    ref = replace(tenant.ref(), cell=alias)
    try:
        with provisioning.alone(ref), servers.opened(alias) as connection:
            copying.unsubscribe(connection, ref)
            copying.withdraw(connection, ref)
            if tenant.cell_id == alias:
                walls.take_down(connection, tenant.schema)
    except servers.FAULTS as fault:
        log.warning("move.not_cleared", cell=alias, tenant=tenant.slug, why=str(fault))
        return 0
    return 1
