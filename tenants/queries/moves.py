"""Reading moves and the places that they leave behind. Moves are operations: platform is active."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from operations import queries as operations
from operations.models import Operation
from tenants.models import Leftover, Tenant, TenantState

MOVE = "tenants.move"
"""The kind of the operation, and the name of the task, that moves a tenant."""


def moves(*, q: str = "", state: str = "") -> QuerySet[Operation]:
    """All moves; `q` is part of a slug, a cell or a tenant's shown id, `state` one of an operation's."""
    return operations.operations(q=q, state=state, kind=MOVE)


def moves_of(tenant: Tenant) -> QuerySet[Operation]:
    """The moves of one tenant, newest first."""
    return moves().filter(subject=tenant.public_id).order_by("-id")


def open_move_of(tenant: Tenant) -> Operation | None:
    """The move that a tenant is on, or None."""
    return next((move for move in moves_of(tenant) if not move.is_over), None)


def stuck_tenants() -> list[Tenant]:
    """Tenants that are shut for the moment of the change although nobody is moving them any more."""
    return [row for row in Tenant.objects.filter(state=TenantState.MOVING).order_by("id") if open_move_of(row) is None]


def leftovers(*, cell: str = "", tenant_id: UUID | None = None) -> QuerySet[Leftover]:
    """Places that wait to be dropped, those whose time comes first first."""
    found = Leftover.objects.order_by("drop_after", "id")
    if cell:
        found = found.filter(cell_id=cell)
    return found if tenant_id is None else found.filter(tenant_id=tenant_id)


def due_leftovers(*, at: datetime) -> QuerySet[Leftover]:
    """Places whose time is over."""
    return leftovers().filter(drop_after__lte=at)
