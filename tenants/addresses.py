"""Where the databases of cells are that were added while the product ran. Addresses hold passwords, so home keeps them sealed."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from kernel import databases, sealing
from kernel.problems import Invalid, Unavailable
from tenants import copied_routes
from tenants.models import Cell, CellState
from tenants.placement import opening

EMBEDDED = "embedded:"
"""Begins the address of a database on the embedded server, whose folder and password may change."""


def names() -> tuple[str, ...]:
    """All cells that are in use, by name; named in `settings.ALL_CELLS`."""
    return tuple(Cell.objects.exclude(state=CellState.CLOSED).order_by("name").values_list("name", flat=True))


def sealed(name: str, url: str) -> str:
    """The address of a cell as home keeps it."""
    return sealing.seal_at_home(url.encode(), context=_context(name))


def entry_of(name: str) -> dict[str, Any]:
    """What DATABASES would hold for a cell; named in `settings.CELL_ADDRESS`. Raises Unavailable."""
    sealed_url = _sealed_url(name)
    if not sealed_url:
        raise Unavailable(
            f"No database is known for the cell {name}. Name it in CELL_DATABASE_URLS again, or add the cell anew.", cell=name
        )
    return entry_from(unsealed(name, sealed_url))


def entry_from(url: str) -> dict[str, Any]:
    """What DATABASES would hold for an address; `embedded:` and a name stand for a database on the embedded server. Raises Invalid."""
    if url.startswith(EMBEDDED) and settings.EMBEDDED_DATABASE:
        return databases.entry({**settings.EMBEDDED_DATABASE, "NAME": url.removeprefix(EMBEDDED)})
    try:
        return databases.entry(databases.from_url(url))
    except ValueError as fault:
        detail = f"The address cannot be read: {fault}."
        raise Invalid(detail, errors=[{"pointer": "/url", "code": "url", "detail": detail}]) from fault


def place_of(cell: Cell) -> str:
    """Where a cell's database is, without user and password; empty when nobody knows."""
    try:
        return opening.told_place(opening.entry_of(cell.name))
    except Unavailable:
        return ""


def unsealed(name: str, sealed_url: str) -> str:
    """The address of a cell in clear. Raises Unavailable when its key is not in the ring."""
    try:
        return sealing.unseal(sealed_url, context=_context(name)).decode()
    except sealing.Unsealable as fault:
        raise Unavailable(
            f"The address of the cell {name} cannot be opened: {fault}. Put its key back into the ring.", cell=name
        ) from fault


def _sealed_url(name: str) -> str:
    """As home keeps it; while home is away, as this region's copy of the registry has it."""
    try:
        return Cell.objects.filter(name=name).values_list("sealed_url", flat=True).first() or ""
    except (OperationalError, InterfaceError):
        if not copied_routes.is_configured():
            raise
        return copied_routes.sealed_url(name)


def _context(name: str) -> str:
    return f"tenants.cell:{name}"
