"""What requests and jobs do that meet a move: wait for its end before they write, and learn of it when they ran into a wall."""

import time

from django.db import DatabaseError, InterfaceError, OperationalError, connections

from kernel import tenancy
from kernel.problems import TenantMoving
from kernel.tenancy import TenantRef
from tenants import resolving
from tenants.models import Tenant, TenantState

PATIENCE_S = 2.0
POLL_S = 0.02

WALLS = frozenset({"42501", "42P01", "3F000", "22023"})
"""Right refused, table, schema or role not found: what the old place answers to those who still stand there."""


def awaited(ref: TenantRef) -> TenantRef:
    """The tenant when its move is over, asked of the registry itself. Raises TenantMoving after two seconds."""
    until = time.monotonic() + PATIENCE_S
    while True:
        tenant = Tenant.objects.filter(id=ref.id).first()
        if tenant is None:
            return ref
        if tenant.state != TenantState.MOVING:
            resolving.drop(ref.id)
            return tenant.ref()
        if time.monotonic() > until:
            raise moving()
        time.sleep(POLL_S)


def met_by(fault: BaseException, *, ref: TenantRef | None = None) -> TenantMoving | None:
    """The refusal behind a database error that only means that the tenant is moving or has moved; None for any other.

    `ref` is where the code stood; left out, the active tenant. What this process remembered of it is dropped.
    """
    stood = ref or tenancy.current_or_none()
    if stood is None or not isinstance(fault, DatabaseError) or getattr(fault.__cause__, "sqlstate", "") not in WALLS:
        return None
    try:
        tenant = Tenant.objects.filter(id=stood.id).first()
    except (OperationalError, InterfaceError):
        return _caused(fault)  # nobody can say where it is now
    if tenant is None or (tenant.state != TenantState.MOVING and tenant.cell_id == stood.cell):
        _leave(stood)
        return None
    resolving.drop(stood.id)
    return _caused(fault)


def has_outrun(problem: object) -> bool:
    """Whether a refusal comes from a wall, and not from the gate: the request had begun in the old place."""
    return isinstance(problem, TenantMoving) and isinstance(problem.__cause__, DatabaseError)


def moving() -> TenantMoving:
    """Nothing was changed; a second later it goes on."""
    return TenantMoving("This tenant is changing its place, which takes less than a second. Repeat the request.", retry_after_s=1)


def _leave(stood: TenantRef) -> None:
    """Give up the connection: it may stand as a role that was dropped and made anew, and so would fail for this tenant alone, again and again."""
    connection = connections[stood.cell]
    if not connection.in_atomic_block:
        connection.close()


def _caused(fault: BaseException) -> TenantMoving:
    problem = moving()
    problem.__cause__ = fault
    return problem
