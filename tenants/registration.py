"""Rows of the registry that must be unique: slugs, their skeletons and platform addresses, also when two ask at once."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from kernel import clock, ids, tenancy
from kernel.problems import Conflict
from tenants import hosts, slugs
from tenants.models import Cell, CellState, Domain, DomainKind, Tenant, TenantState, code_of, schema_of
from tenants.problems import CellUnknown, HostTaken, NoCell, SlugLookalike, SlugTaken
from tenants.queries import roomy_cells

ID_ATTEMPTS = 3


def choose_cell(name: str | None) -> Cell:
    """The cell for a new tenant, locked: the named one, or the emptiest that is open. Raises CellUnknown, NoCell."""
    fitting = roomy_cells() if name is None else roomy_cells().filter(name=name)
    chosen = fitting.first()
    if chosen is None and name is not None:
        raise CellUnknown(
            f"The cell {name[:63]} does not exist, is not open, or is full. Leave the cell out to have one chosen.",
            errors=[{"pointer": "/cell", "code": "cell", "detail": "Not an open cell with room."}],
        )
    if chosen is None:
        raise NoCell("Every open cell is full. Add a cell, raise a capacity, or open a cell.")
    cell = Cell.objects.select_for_update().get(name=chosen.name)
    # Counted again under the lock: two that ask at once must not take the last place twice.
    if cell.state != CellState.OPEN or Tenant.objects.filter(cell=cell).count() >= cell.capacity:
        raise NoCell("The cell filled up a moment ago. Ask again.")
    return cell


def insert(slug: str, *, name: str, cell: Cell, state: TenantState, host: str = "") -> Tenant:
    """A new tenant and its platform address: `host`, or the one that the slug gives. Raises SlugTaken, SlugLookalike, HostTaken."""
    require_free(slug, besides=None)
    for _ in range(ID_ATTEMPTS):
        tenant = _unsaved(slug, name=name, cell=cell, state=state)
        if not Tenant.objects.filter(code=tenant.code).exists():
            break
    try:
        with transaction.atomic(using=tenancy.HOME):
            tenant.save(force_insert=True)
            Domain.objects.create(tenant=tenant, host=host or _host(slug), kind=DomainKind.PLATFORM, is_primary=True)
    except IntegrityError as fault:
        raise _clash(fault, slug=slug) from fault
    return tenant


def save_names(tenant: Tenant) -> None:
    """Save a changed slug or name, and move the platform address along. Raises SlugTaken, SlugLookalike, HostTaken."""
    require_free(tenant.slug, besides=tenant.id)
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
    if others.filter(slug=slug).exists():
        raise _taken(slug)
    if others.filter(slug_skeleton=slugs.skeleton(slug)).exists():
        raise _lookalike(slug)


def _unsaved(slug: str, *, name: str, cell: Cell, state: TenantState) -> Tenant:
    tenant_id = ids.new_id()
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
    if address.host != _host(tenant.slug):
        address.host = _host(tenant.slug)
        address.version += 1
        address.save(update_fields=("host", "version"))


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
    return _taken(slug)


def _taken(slug: str) -> SlugTaken:
    return SlugTaken(f"“{slug}” belongs to another tenant. Choose another slug.", slug=slug)


def _lookalike(slug: str) -> SlugLookalike:
    return SlugLookalike(
        f"“{slug}” could be mistaken for a slug that is taken. Hyphens do not count, and 0 and o, 1, i and l, 2 and z, 5 and s, 8 and b, rn and m, "
        "vv and w, cl and d look alike. Choose one that differs in more than these.",
        slug=slug,
    )
