"""The fleet's members: every schema with a tenant's tables, whether a tenant has it or it waits for one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kernel.tenancy import TenantRef
from tenants.models import Spare, SpareState, Tenant, TenantState
from tenants.places import ref_of
from tenants.states import HOUSED

WITH_A_PLACE = HOUSED | {TenantState.MOVING, TenantState.DELETING, TenantState.ARCHIVED}
"""States in which a tenant may have a schema. One that is being made, or whose making failed, is brought up to date by its operation."""


@dataclass(frozen=True, slots=True)
class Member:
    """One schema in one cell. `label` is the tenant's slug, or the schema of a spare; `state` the tenant's, or empty."""

    id: UUID
    cell: str
    schema: str
    label: str
    state: str = ""
    is_spare: bool = False

    @property
    def tenant_id(self) -> UUID | None:
        """The tenant that has it."""
        return None if self.is_spare else self.id

    @property
    def must_exist(self) -> bool:
        """Whether its schema is surely there; an archived tenant, or a deleted one, may have an export alone."""
        return not self.is_spare and TenantState(self.state) in HOUSED

    def ref(self) -> TenantRef:
        """What it takes to enter its schema for a migration, whatever became of the tenant since it was read."""
        return ref_of(self.cell, schema=self.schema, tenant_id=self.id)


def members(cells: Iterable[str] = ()) -> list[Member]:
    """All of them, spares first, oldest first; only those of some cells where these are named."""
    spares = Spare.objects.filter(state=SpareState.READY).order_by("id")
    tenants = Tenant.objects.filter(state__in=WITH_A_PLACE).order_by("id")
    wanted = set(cells)
    found = [Member(row.id, row.cell_id, row.schema, row.schema, is_spare=True) for row in spares]
    found += [Member(row.id, row.cell_id, row.schema, row.slug, row.state) for row in tenants]
    return [member for member in found if not wanted or member.cell in wanted]


def of_tenant(tenant: Tenant) -> Member:
    """The member that a tenant is."""
    return Member(tenant.id, tenant.cell_id, tenant.schema, tenant.slug, tenant.state)
