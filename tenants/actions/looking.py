"""Asking now, and changing nothing: how a cell is, how full it is, where a tenant is. Other servers are asked, so these may take seconds."""

from uuid import UUID

from kernel.actors import Actor
from tenants import operators, queries
from tenants.permissions import Permission
from tenants.placement import capacity, checking
from tenants.placement.capacity import Capacity
from tenants.placement.checking import CellCheck
from tenants.whereabouts import report
from tenants.whereabouts.report import Whereabouts


def check_cell(name: str, *, actor: Actor) -> CellCheck:
    """How a cell is: about three seconds when its database does not answer. Raises RegistryClosed, Forbidden, CellNotFound."""
    operators.require(Permission.READ_CELLS, actor=actor)
    return checking.check(queries.cell(name))


def measure_cell(name: str, *, actor: Actor) -> Capacity:
    """How full a cell is, in tenants, bytes and connections. Raises RegistryClosed, Forbidden, CellNotFound, Unavailable."""
    operators.require(Permission.READ_CELLS, actor=actor)
    return capacity.measure(name)


def locate_tenant(tenant_id: UUID, *, actor: Actor) -> Whereabouts:
    """Where rows and copies of a tenant lie, with evidence: five seconds at most. Raises RegistryClosed, Forbidden, TenantNotFound."""
    operators.require(Permission.READ_TENANTS, actor=actor)
    return report.gather(queries.tenant(tenant_id))
