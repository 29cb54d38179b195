"""Time zones of the IANA database as this machine knows them: another release of it may lack what was chosen elsewhere."""

from datetime import UTC, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT: Final = "UTC"
"""What counts until somebody chooses another one."""


def find(name: str) -> tzinfo | None:
    """The zone of a name such as `Europe/Zurich`; None for one that is not known here, which is looked for anew each time.

    UTC is known everywhere, also where there is no database of zones at all.
    """
    try:
        return _known(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=64)
def _known(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)
