"""Cells come, change, fill, drain and go."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from kernel import problems, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from operations import actions as operations
from operations import queries as operation_queries
from operations.models import Operation
from tenants import addresses, advisory, announcing, events, operators, outbox, queries, spares
from tenants.models import Cell, CellKind, CellState, Leftover, Region, Spare, SpareState, Tenant
from tenants.permissions import Permission
from tenants.placement import fitness, inputs, moved, opening
from tenants.problems import CellInUse, CellTaken, RegionInUse, RegionNotFound
from tenants.queries import PLACELESS

DRAINING = "tenants.drain_cell"
ANYWHERE = "auto"
CAPACITY = 1000


@dataclass(frozen=True, slots=True)
class Drained:
    """A cell that takes no new tenants, and the operation that moves its tenants away, if that was asked for."""

    cell: Cell
    operation: Operation | None


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def add_cell(name: str, *, region: str, url: str = "", capacity: int = CAPACITY, kind: str = CellKind.SHARED, actor: Actor) -> Cell:
    """Make a database a cell. Without `url` it is the one that the settings name so, or a new one on the embedded server.

    The database is looked at and prepared before the registry knows of it: it must answer, be empty and ours alone. Every running process finds
    it at once. Raises RegistryClosed, Forbidden, Invalid, CellTaken, CellUnfit, Unavailable.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    name, capacity, kind = inputs.cell_name(name), inputs.capacity(capacity), inputs.kind(kind)
    in_region = _region(region)
    advisory.hold_in_home(advisory.ADDING_CELLS)
    if Cell.objects.filter(name=name).exists():
        raise CellTaken(f"There is a cell {name} already. Change it, or take another name.", cell=name)
    stored = "" if name in settings.CELLS else _address(name, url=url)
    entry = opening.entry_of(name) if name in settings.CELLS else addresses.entry_from(stored)
    fitness.require_fit(entry)
    import_string(settings.CELL_PREPARER)(entry)
    sealed_url = addresses.sealed(name, stored) if stored else ""
    cell = Cell(name=name, region=in_region, capacity=capacity, kind=kind, sealed_url=sealed_url)
    try:
        with transaction.atomic(using=tenancy.HOME):
            cell.save(force_insert=True)
    except IntegrityError as fault:
        raise CellTaken(f"There is a cell {name} already.", cell=name) from fault
    event = events.CellAdded(
        subject=name, subject_label=name, region=in_region.code, kind=kind, capacity=capacity, place=opening.told_place(entry)
    )
    outbox.record(event, actor=actor, tenant_id=None)
    return cell


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_cell(
    name: str,
    *,
    capacity: int | None = None,
    kind: str | None = None,
    region: str | None = None,
    url: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Cell:
    """Change how many tenants a cell may hold, for whom it is, in which region it lies, or the address of its database.

    Idempotent: what stays the same is not recorded. Below its load a capacity keeps newcomers out. At a new address the same tenants must be
    found. Raises RegistryClosed, Forbidden, Invalid, CellNotFound, CellUnfit, RegionInUse, PreconditionFailed, Unavailable.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    wanted: dict[str, Any] = {
        "capacity": None if capacity is None else inputs.capacity(capacity),
        "kind": None if kind is None else inputs.kind(kind),
        "region_id": None if region is None else _region(region).code,
    }
    cell = queries.cell_for_update(name)
    problems.require_version(cell, expected=expected_version)
    changed = {key: value for key, value in wanted.items() if value is not None and value != getattr(cell, key)}
    if "region_id" in changed:
        _refuse_other_law(cell, region=_region(changed["region_id"]))
    told = {key.removesuffix("_id"): str(value) for key, value in changed.items()}
    if url is not None:
        entry = addresses.entry_from(url)
        moved.require_same_tenants(cell, entry=entry)
        changed["sealed_url"], told["place"] = addresses.sealed(name, url), opening.told_place(entry)
    if not changed:
        return cell
    _save(cell, **changed)
    if url is not None:
        transaction.on_commit(lambda: announcing.announce_cell(name), using=tenancy.HOME)
    outbox.record(events.CellChanged(subject=name, subject_label=name, changed=told), actor=actor, tenant_id=None)
    return cell


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def open_cell(name: str, *, expected_version: int | None = None, actor: Actor) -> Cell:
    """Let a cell take tenants. Idempotent. Raises RegistryClosed, Forbidden, CellNotFound, PreconditionFailed."""
    operators.require(Permission.WRITE_CELLS, actor=actor)
    cell = queries.cell_for_update(name)
    problems.require_version(cell, expected=expected_version)
    if cell.state == CellState.OPEN:
        return cell
    old_state = cell.state
    _save(cell, state=CellState.OPEN.value)
    outbox.record(events.CellOpened(subject=name, subject_label=name, old_state=old_state), actor=actor, tenant_id=None)
    return cell


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def drain_cell(name: str, *, to: str = "", expected_version: int | None = None, actor: Actor) -> Drained:
    """Let a cell take no new tenants, and move those that it has: to the cell `to`, with `auto` to wherever there is room, or leave them.

    Its spare places are given up. Idempotent: a cell that drains already drains on, and moves that are under way are found again. Raises RegistryClosed, Forbidden, Invalid,
    CellNotFound, PreconditionFailed.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    cell = queries.cell_for_update(name)
    problems.require_version(cell, expected=expected_version)
    _give_up_spares(cell)
    underway = _underway(cell, to=to) if to else None
    if underway is not None or (cell.state == CellState.DRAINING and not to):
        return Drained(cell=cell, operation=underway)
    if to and to != ANYWHERE:
        _require_other(cell, to=to)
    # Counted each time: the operation's key holds the version, so that each asking has an operation of its own.
    _save(cell, state=CellState.DRAINING.value)
    plan = _draining_plan(cell, to=to) if to else None
    operation = None if plan is None else operations.start(**plan, actor=actor)
    outbox.record(events.CellDraining(subject=name, subject_label=name, to=to), actor=actor, tenant_id=None, operation=plan)
    return Drained(cell=cell, operation=operation)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def close_cell(name: str, *, expected_version: int | None = None, actor: Actor) -> Cell:
    """Take an empty cell out of use: nothing is put there, and probes and checks leave it out.

    Idempotent. Raises RegistryClosed, Forbidden, CellNotFound, CellInUse, PreconditionFailed.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    cell = queries.cell_for_update(name)
    problems.require_version(cell, expected=expected_version)
    if cell.state == CellState.CLOSED:
        return cell
    _refuse_in_use(cell)
    _save(cell, state=CellState.CLOSED.value)
    outbox.record(events.CellClosed(subject=name, subject_label=name), actor=actor, tenant_id=None)
    return cell


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def remove_cell(name: str, *, expected_version: int | None = None, actor: Actor) -> None:
    """Take an empty cell out of the registry; its database stays and is yours to drop.

    One in which a tenant ended or was archived stays, closed: the proof of an erasure refers to it. Raises RegistryClosed, Forbidden,
    CellNotFound, CellInUse, PreconditionFailed.
    """
    operators.require(Permission.WRITE_CELLS, actor=actor)
    cell = queries.cell_for_update(name)
    problems.require_version(cell, expected=expected_version)
    _refuse_in_use(cell)
    if name in settings.CELLS:
        raise CellInUse("CELL_DATABASE_URLS names this cell. Take it out there, or close it instead.", tenants=0)
    ended = Tenant.objects.filter(cell=cell).count()
    if ended:
        raise CellInUse(f"{ended} archived or ended tenants had their place here. Close the cell instead.", ended=ended)
    place = addresses.place_of(cell)
    cell.delete()
    outbox.record(events.CellRemoved(subject=name, subject_label=name, place=place), actor=actor, tenant_id=None)


def _region(code: str) -> Region:
    try:
        return queries.region(code)
    except RegionNotFound as fault:
        raise Invalid(fault.detail, errors=[{"pointer": "/region", "code": "region", "detail": fault.detail}]) from fault


def _address(name: str, *, url: str) -> str:
    """The address to keep: the given one, or that of a new database on the embedded server. Raises Invalid."""
    if url:
        addresses.entry_from(url)
        return url
    made: str = import_string(settings.CELL_MAKER)(name)
    return made


def _save(cell: Cell, **changed: Any) -> None:
    for key, value in changed.items():
        setattr(cell, key, value)
    cell.version += 1
    cell.save(update_fields=(*changed, "version"))


def _refuse_other_law(cell: Cell, *, region: Region) -> None:
    """Tenants of the cell whose data must stay elsewhere. Raises RegionInUse."""
    relying = Tenant.objects.filter(cell=cell).exclude(state__in=PLACELESS).exclude(residency__in=("", region.jurisdiction))
    count = relying.count()
    if count:
        raise RegionInUse(f"{count} tenants of this cell must stay out of {region.jurisdiction}. Move them first.", tenants=count)


def _require_other(cell: Cell, *, to: str) -> None:
    """The target of the moves: another cell that is open. Raises Invalid."""
    target = Cell.objects.filter(name=to).first()
    if target is None or target.name == cell.name or target.state != CellState.OPEN:
        detail = f"{to[:63]} is not another cell that is open. Name one, or write {ANYWHERE}."
        raise Invalid(detail, errors=[{"pointer": "/to", "code": "cell", "detail": detail}])


def _underway(cell: Cell, *, to: str) -> Operation | None:
    """The operation that moves this cell's tenants there at the moment. Raises Invalid when they are moved elsewhere."""
    found = operation_queries.operations().filter(kind=DRAINING, subject=cell.name, finished_at=None).first()
    if found is not None and found.arguments["to"] != to:
        detail = f"They are being moved to {found.arguments['to']} already. Cancel the operation {found.public_id} first."
        raise Invalid(detail, errors=[{"pointer": "/to", "code": "underway", "detail": detail}])
    return found


def _draining_plan(cell: Cell, *, to: str) -> dict[str, Any]:
    """The arguments of `operations.start`."""
    return {
        "kind": DRAINING,
        "key": f"{DRAINING}:{cell.name}:{cell.created_at.timestamp():.0f}:{cell.version}",
        "subject": cell.name,
        "label": f"Move all tenants out of {cell.name}",
        "steps": ["Move the tenants"],
        "arguments": {"cell": cell.name, "to": to},
    }


def _give_up_spares(cell: Cell) -> None:
    """Nobody will come: the places that wait are dropped by the sweep of leftovers. One that is being built is left to its builder."""
    for spare in Spare.objects.select_for_update(skip_locked=True).filter(cell=cell, state=SpareState.READY):
        spares.discard(spare, reason="The cell is drained")


def _refuse_in_use(cell: Cell) -> None:
    load = queries.loads([cell])[0]
    if load.tenant_count or load.spare_count or load.leftover_count:
        last = Leftover.objects.filter(cell=cell).order_by("-drop_after").values_list("drop_after", flat=True).first()
        wait = f" The last old place is dropped after {last:%Y-%m-%d %H:%M} UTC." if last else ""
        raise CellInUse(
            f"{load.tenant_count} tenants, {load.spare_count} spare places and {load.leftover_count} old places lie in this cell. "
            f"Drain it first.{wait}",
            tenants=load.tenant_count,
            spares=load.spare_count,
            leftovers=load.leftover_count,
        )
