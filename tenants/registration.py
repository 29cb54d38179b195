"""Rows of the registry that must be unique: slugs, their skeletons and platform addresses, also when two ask at once."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from kernel import clock, ids, tenancy
from kernel.problems import Conflict
from tenants import hosts, slugs
from tenants.domains import holding, releasing
from tenants.models import Cell, CellKind, CellState, Domain, DomainKind, Tenant, TenantState, code_of, schema_of
from tenants.problems import CellUnknown, HostTaken, NoCell, SlugLookalike, SlugTaken
from tenants.queries import fitting_cells, housed_in
from tenants.residency import require_allowed

ID_ATTEMPTS = 3


def choose_cell(name: str | None, *, residency: str = "", kind: str = CellKind.SHARED) -> Cell:
    """The cell for a tenant, locked: the named one, or the emptiest open one of this kind in this jurisdiction (empty: any).

    A named cell may be of any kind: that is how tenants get into dedicated ones, unless their plan says so. Spare places take no room: a tenant
    that comes takes one of them over. Raises CellUnknown, NoCell, ResidencyForbids.
    """
    return _named_cell(name, residency=residency) if name is not None else _emptiest_cell(residency=residency, kind=kind)


def _named_cell(name: str, *, residency: str) -> Cell:
    cell = Cell.objects.select_for_update(of=("self",)).select_related("region").filter(name=name).first()
    if cell is None:
        raise _unfit_cell("cell", f"There is no cell {name[:63]}. Leave the cell out to have one chosen.")
    if cell.state != CellState.OPEN:
        raise _unfit_cell("state", f"The cell {name} is {cell.state} and takes no tenants. Open it, or leave the cell out.")
    require_allowed(cell, residency=residency)
    if housed_in(name) >= cell.capacity:
        raise _unfit_cell("capacity", f"The cell {name} is full ({cell.capacity}). Raise its capacity, or leave the cell out.")
    return cell


def _emptiest_cell(*, residency: str, kind: str) -> Cell:
    chosen = fitting_cells(residency=residency, kind=kind).first()
    if chosen is None:
        raise _no_cell(residency=residency, kind=kind)
    cell = Cell.objects.select_for_update(of=("self",)).select_related("region").get(name=chosen.name)
    # Counted again under the lock: two that ask at once must not take the last place twice.
    if cell.state != CellState.OPEN or housed_in(cell.name) >= cell.capacity:
        raise NoCell("The cell filled up a moment ago. Ask again.")
    return cell


def _no_cell(*, residency: str, kind: str) -> NoCell:
    """Why nothing fits, in the order in which an operator would look."""
    there = Cell.objects.filter(region__jurisdiction=residency) if residency else Cell.objects.all()
    of_kind = there.filter(kind=kind)
    place = f" in {residency}" if residency else ""
    if not there.exists():
        detail = f"No cell lies{place}. Add one." if residency else "There is no cell yet. Add one."
    elif not of_kind.exists():
        detail = f"No cell{place} is {kind}. Add one, or name a cell."
    elif not of_kind.filter(state=CellState.OPEN).exists():
        detail = f"No {kind} cell{place} is open. Open one, or add another."
    else:
        detail = f"Every open {kind} cell{place} is full. Add a cell, raise a capacity, or open a cell."
    return NoCell(detail, residency=residency, kind=kind)


def _unfit_cell(code: str, detail: str) -> CellUnknown:
    return CellUnknown(detail, errors=[{"pointer": "/cell", "code": code, "detail": detail}])


def insert(slug: str, *, name: str, cell: Cell, state: TenantState, host: str = "") -> Tenant:
    """A new tenant and its platform address: `host`, or the one that the slug gives. Raises SlugTaken, SlugLookalike, HostTaken."""
    tenant = unsaved(slug, name=name, cell=cell, state=state, tenant_id=ids.new_id())
    for _ in range(ID_ATTEMPTS):
        if not Tenant.objects.filter(code=tenant.code).exists():
            break
        tenant = unsaved(slug, name=name, cell=cell, state=state, tenant_id=ids.new_id())
    save_new(tenant, host=host)
    return tenant


def save_new(tenant: Tenant, *, host: str = "") -> None:
    """Save a tenant that is in no table yet, and its platform address. Raises SlugTaken, SlugLookalike, HostTaken, HostQuarantined."""
    slug = tenant.slug
    require_free(slug, besides=None)
    holding.refuse_taken(None, host=host or _host(slug), at=clock.now())
    try:
        # No savepoint: a clash undoes the caller's transaction with it.
        with transaction.atomic(using=tenancy.HOME, savepoint=False):
            tenant.save(force_insert=True)
            Domain.objects.create(tenant=tenant, host=host or _host(slug), kind=DomainKind.PLATFORM, is_primary=True)
    except IntegrityError as fault:
        raise _clash(fault, slug=slug) from fault


def save_names(tenant: Tenant) -> None:
    """Save a changed slug or name, and move the platform address along; the old one is kept from others for a while.

    Raises SlugTaken, SlugLookalike, HostTaken, HostQuarantined.
    """
    require_free(tenant.slug, besides=tenant.id)
    holding.refuse_taken(tenant, host=_host(tenant.slug), at=clock.now())
    try:
        with transaction.atomic(using=tenancy.HOME):
            tenant.save(update_fields=("slug", "slug_skeleton", "name", "version"))
            _move_address(tenant)
    except IntegrityError as fault:
        raise _clash(fault, slug=tenant.slug) from fault


def require_free(slug: str, *, besides: UUID | None) -> None:
    """Refuse a slug that another tenant has, or that could be mistaken for another's. Raises SlugTaken, SlugLookalike."""
    living = Tenant.objects.exclude(state=TenantState.PURGED)
    others = living if besides is None else living.exclude(id=besides)
    # The same slug has the same skeleton: one query tells both.
    found = others.filter(slug_skeleton=slugs.skeleton(slug)).values_list("slug", flat=True).first()
    if found is not None:
        raise taken(slug) if found == slug else _lookalike(slug)


def unsaved(slug: str, *, name: str, cell: Cell, state: TenantState, tenant_id: UUID) -> Tenant:
    """A tenant that is in no table yet; the caller adds its plan and residency and hands it to `save_new`."""
    return Tenant(
        id=tenant_id,
        slug=slug,
        slug_skeleton=slugs.skeleton(slug),
        name=name,
        schema=schema_of(tenant_id),
        code=code_of(tenant_id),
        cell=cell,
        state=state,
        state_since=clock.now(),
    )


def _move_address(tenant: Tenant) -> None:
    address = Domain.objects.get(tenant=tenant, kind=DomainKind.PLATFORM)
    left, wanted = address.host, _host(tenant.slug)
    if left == wanted:
        return
    releasing.take_back(tenant, host=wanted)
    address.host = wanted
    address.version += 1
    address.save(update_fields=("host", "version"))
    releasing.leave_behind(tenant, host=left, at=clock.now())


def _host(slug: str) -> str:
    return hosts.platform_host(slug, suffix=settings.TENANT_DOMAIN_SUFFIX)


def _clash(fault: IntegrityError, *, slug: str) -> Conflict:
    """Which of the unique columns another transaction filled first."""
    diagnosis = getattr(fault.__cause__, "diag", None)
    column = str(getattr(diagnosis, "constraint_name", ""))
    if "skeleton" in column:
        return _lookalike(slug)
    if "host" in column:
        return HostTaken(f"{_host(slug)} answers for a tenant already.", host=_host(slug))
    return taken(slug)


def taken(slug: str) -> SlugTaken:
    """What is said of a slug that another tenant has."""
    return SlugTaken(f"“{slug}” belongs to another tenant. Choose another slug.", slug=slug)


def _lookalike(slug: str) -> SlugLookalike:
    return SlugLookalike(
        f"“{slug}” could be mistaken for a slug that is taken. Hyphens do not count, and 0 and o, 1, i and l, 2 and z, 5 and s, 8 and b, rn and m, "
        "vv and w, cl and d look alike. Choose one that differs in more than these.",
        slug=slug,
    )
