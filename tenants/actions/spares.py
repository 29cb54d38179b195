"""Places that are built before anybody asks for them, so that a tenant has its own in the time of a few statements (ADR 14)."""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from identity import actions as identity
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Problem, Unavailable
from kernel.tenancy import Purpose
from tenants import events, operators, outbox, places, provisioning, queries, spares, template
from tenants.models import Cell, CellState, Spare, SpareState
from tenants.permissions import Permission
from tenants.problems import BeingMade

log = structlog.get_logger(__name__)

OUTDATED = "Its tables are those of an older release."
OVERFULL = "The cell has no room for it any more."


def refill_spares(*, actor: Actor) -> int:
    """Build spare places until each open cell has `SPARE_TENANTS` of them; returns how many became ready. Platform is active.

    May run any number of times at once: a place is counted before it is built, and built by one. What a worker that died left half-way is
    finished by the next. No cell gets more than it has room for, and those that no tenant can use are discarded. A cell that does not answer
    is left to the next round. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    begun = queries.spares(state=SpareState.BUILDING).filter(template_state=template.current_state())
    made = sum(_built(spare, actor=actor) for spare in begun)
    for cell in queries.taking_cells():
        while (spare := _reserve(cell)) is not None:
            if not _built(spare, actor=actor):
                break
            made += 1
    for spare in [*queries.outdated_spares(template_state=template.current_state()), *_overfull()]:
        discard_spare(spare.id, reason=OUTDATED if spare.template_state != template.current_state() else OVERFULL, actor=actor)
    return made


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def discard_spare(spare_id: UUID, *, reason: str, actor: Actor) -> None:
    """Give up a place that waits for a tenant; its schema and role are dropped by the sweep of leftovers.

    Idempotent: one that a tenant has taken, or that is gone, is left alone and nothing is recorded. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    spare = queries.spare_for_update(spare_id)
    if spare is None:
        return
    spares.discard(spare, reason=reason)
    event = events.SpareDiscarded(subject=spare.schema, subject_label=spare.schema, cell=spare.cell_id, reason=reason)
    outbox.record(event, actor=actor, tenant_id=None)


@transaction.atomic(using=tenancy.HOME)
def _reserve(cell: Cell) -> Spare | None:
    """The row of one more spare, if the cell lacks one. Two that ask at once are counted one after the other."""
    locked = Cell.objects.select_for_update().get(name=cell.name)
    held = queries.spares(cell=cell.name)
    usable = held.filter(template_state=template.current_state()).count()
    room = locked.capacity - queries.housed_in(cell.name) - held.count()
    if locked.state != CellState.OPEN or room < 1 or usable >= settings.SPARE_TENANTS:
        return None
    return spares.reserve(locked)


def _built(spare: Spare, *, actor: Actor) -> bool:
    """Build one place and offer it; False when somebody else is at it or its cell does not answer."""
    ref = places.ref_of(spare.cell_id, schema=spare.schema, tenant_id=spare.id)
    try:
        with provisioning.alone(ref):
            # Looked up again: whoever had it before us may have finished it, and a tenant may live there by now.
            if not queries.spares(state=SpareState.BUILDING).filter(id=spare.id).exists():
                return False
            provisioning.build_place(ref, on_progress=places.quietly)
            with tenancy.activate(ref, purpose=Purpose.OPERATOR):
                identity.install_builtin_roles(actor=actor)
            _offer(spare.id, actor=actor)
    except BeingMade:
        return False
    except (DatabaseError, Unavailable) as fault:
        detail = fault.detail if isinstance(fault, Problem) else str(fault)
        log.warning("spare.not_built", cell=spare.cell_id, schema=spare.schema, why=detail)
        return False
    finally:
        tenancy.rest()
    return True


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _offer(spare_id: UUID, *, actor: Actor) -> None:
    """From here on a tenant may take it."""
    spare = queries.spare_for_update(spare_id)
    if spare is None or spare.state == SpareState.READY:
        return
    spare.state = SpareState.READY.value
    spare.save(update_fields=("state",))
    event = events.SpareBuilt(subject=spare.schema, subject_label=spare.schema, cell=spare.cell_id)
    outbox.record(event, actor=actor, tenant_id=None)


def _overfull() -> list[Spare]:
    """The youngest spares of each cell that has more places than it may hold, because tenants came without taking one.

    A cell that takes no tenants holds none: one that was being built when it began to drain is given up as well.
    """
    found: list[Spare] = []
    for cell in Cell.objects.order_by("name"):
        held = queries.spares(cell=cell.name)
        excess = queries.housed_in(cell.name) + held.count() - cell.capacity if cell.state == CellState.OPEN else held.count()
        if excess > 0:
            found += held.order_by("-id")[:excess]
    return found
