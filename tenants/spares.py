"""Spare places as rows: taking one for a new tenant, and noting one that will be built."""

from uuid import UUID

from django.db import connections, transaction

from kernel import clock, ids, tenancy
from tenants.models import Cell, Leftover, Spare, SpareState, Tenant, code_of, schema_of
from tenants.template import current_state

CLAIM = """
DELETE FROM tenants_spare WHERE id = (
    SELECT id FROM tenants_spare WHERE cell_id = %s AND state = %s AND template_state = %s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def claim(cell: Cell) -> UUID | None:
    """Take the oldest spare of a cell whose tables are those of this code: the id that the tenant will have. None when there is none.

    In the caller's transaction: when that is undone, the spare is there again. Two that claim at once get two, and neither waits.
    """
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute(CLAIM, [cell.name, SpareState.READY.value, current_state()])
        row = cursor.fetchone()
    return None if row is None else row[0]


def reserve(cell: Cell) -> Spare:
    """The row of a spare that will be built now, in a transaction in home."""
    spare_id = free_id()
    return Spare.objects.create(id=spare_id, cell=cell, schema=schema_of(spare_id), template_state=current_state())


def free_id() -> UUID:
    """An id for a tenant whose code no other tenant has."""
    while True:
        tenant_id = ids.new_id()
        if not Tenant.objects.filter(code=code_of(tenant_id)).exists():
            return tenant_id


def discard(spare: Spare, *, reason: str) -> None:
    """Take a spare that is locked out of the pool; its place is dropped by the sweep of leftovers."""
    with transaction.atomic(using=tenancy.HOME):
        Leftover.objects.create(schema=spare.schema, cell=spare.cell, reason=reason, drop_after=clock.now())
        spare.delete()
