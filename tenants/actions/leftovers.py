"""Dropping the places that nobody uses any more: old places of moved tenants, unfinished new ones, and what others left behind."""

from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from tenants import events, operators, outbox, provisioning, queries
from tenants.models import Leftover, Tenant, schema_of
from tenants.permissions import Permission
from tenants.places import quietly

AT_ONCE = 3
"""Places dropped in one round. A drop takes thousands of catalog rows with it; the next round comes in a minute."""

log = structlog.get_logger(__name__)


def drop_leftovers(*, actor: Actor) -> int:
    """Drop places whose time is over, a few at a time; returns how many. One whose cell is away waits for another round. Platform is active.

    A place that some tenant uses is never dropped, whatever its note says. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    dropped = 0
    for row in queries.due_leftovers(at=clock.now())[:AT_ONCE]:
        if _is_used(row):
            continue
        try:
            provisioning.drop_place(row.cell_id, row.schema, on_progress=quietly)
            _drop_role(row)
        except (DatabaseError, Problem) as fault:
            log.warning("leftover.not_dropped", cell=row.cell_id, schema=row.schema, why=str(fault))
            continue
        _forget_leftover(row.id, actor=actor)
        dropped += 1
    return dropped


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _forget_leftover(leftover_id: int, *, actor: Actor) -> None:
    row = Leftover.objects.select_for_update().filter(id=leftover_id).first()
    if row is None:
        return
    row.delete()
    outbox.record(
        events.PlaceDropped(subject=row.schema, subject_label=row.schema, cell=row.cell_id, reason=row.reason),
        actor=actor,
        tenant_id=row.tenant_id or UUID(int=0),
    )


def _drop_role(row: Leftover) -> None:
    """The role of a tenant that left, unless it lives in this cell again; one that another database of the server needs stays there."""
    schema = "" if row.tenant_id is None else schema_of(row.tenant_id)
    others = Leftover.objects.filter(cell_id=row.cell_id, schema=schema)
    if schema in {"", row.schema} or Tenant.objects.filter(cell_id=row.cell_id, schema=schema).exists() or others.exists():
        return
    provisioning.drop_place(row.cell_id, schema, on_progress=quietly)


def _is_used(row: Leftover) -> bool:
    """Whether a tenant lives in the place, or is being moved to it."""
    if Tenant.objects.filter(cell_id=row.cell_id, schema=row.schema).exists():
        log.error("leftover.in_use", cell=row.cell_id, schema=row.schema)
        return True
    tenant = Tenant.objects.filter(schema=row.schema).first()
    return tenant is not None and queries.open_move_of(tenant) is not None
