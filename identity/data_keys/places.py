"""Where sealed text lies: what each app declares, found by the names in the settings."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from kernel.sealing import SealedColumn, SealedInPassing


def of_tenants() -> list[SealedColumn]:
    """The columns in each tenant's schema."""
    return [place for place in _declared(settings.SEALED) if isinstance(place, SealedColumn)]


def of_home() -> list[SealedColumn]:
    """The columns at home, which the installation's ring seals."""
    return [place for place in _declared(settings.SEALED_AT_HOME) if isinstance(place, SealedColumn)]


def in_passing() -> list[SealedInPassing]:
    """Sealed text in no column of a tenant; retired keys are kept until nothing of it is left."""
    return [place for place in _declared(settings.SEALED) if isinstance(place, SealedInPassing)]


def _declared(names: Iterable[str]) -> Iterator[SealedColumn | SealedInPassing]:
    for name in names:
        yield from import_string(name)
