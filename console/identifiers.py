"""The ids in addresses of pages."""

from uuid import UUID

from kernel import ids
from kernel.problems import NotFound


def read(prefix: str, text: str) -> UUID:
    """The id behind a shown one such as `usr_…`. Raises NotFound, as for an id that nothing has."""
    try:
        return ids.parse(prefix, text)
    except ValueError:
        raise NotFound("Check the address: there is nothing here, or it is not yours.") from None
