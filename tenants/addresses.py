"""Where the databases of cells are that were added while the product ran. Addresses hold passwords, so home keeps them sealed."""

from typing import Any

from kernel import databases, sealing
from kernel.problems import Unavailable
from tenants.models import Cell


def sealed(name: str, url: str) -> str:
    """The address of a cell as home keeps it."""
    return sealing.seal(url.encode(), context=_context(name))


def entry_of(name: str) -> dict[str, Any]:
    """What DATABASES would hold for a cell; named in `settings.CELL_ADDRESS`. Raises Unavailable."""
    cell = Cell.objects.filter(name=name).first()
    if cell is None or not cell.sealed_url:
        raise Unavailable(
            f"No database is known for the cell {name}. Name it in CELL_DATABASE_URLS again, or add the cell anew.", cell=name
        )
    try:
        url = sealing.unseal(cell.sealed_url, context=_context(name)).decode()
    except sealing.Unsealable as fault:
        raise Unavailable(
            f"The address of the cell {name} cannot be opened: {fault}. Put its key back into the ring.", cell=name
        ) from fault
    return databases.entry(databases.from_url(url))


def _context(name: str) -> str:
    return f"tenants.cell:{name}"
