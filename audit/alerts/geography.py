"""Where an address is, after the database that the operator brings, and how far two places are apart. None is shipped: their licences forbid it."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from math import asin, cos, radians, sin, sqrt

from django.conf import settings
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError, GeoIP2Error
from maxminddb import InvalidDatabaseError

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country by its two letters (ISO 3166-1) and a point in degrees, None where the database knows none."""

    country: str
    latitude: float | None
    longitude: float | None


def place_of(address: str) -> Place | None:
    """Where an address is; None without a database, for what is no address, and for those that the database does not know."""
    if not settings.GEOIP_PATH or not address:
        return None
    return _found(settings.GEOIP_PATH, address)


def distance_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """The way along the great circle between two points given as (latitude, longitude) in degrees, by the haversine formula."""
    (first, second), (third, fourth) = (tuple(map(radians, point)) for point in (here, there))
    half = sin((third - first) / 2) ** 2 + cos(first) * cos(third) * sin((fourth - second) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


@lru_cache(maxsize=8192)
def _found(path: str, address: str) -> Place | None:
    try:
        ip_address(address)
        found = _reader(path).city(address)
    except (AddressNotFoundError, ValueError):
        return None
    return Place(found.country.iso_code or "", found.location.latitude, found.location.longitude)


@lru_cache(maxsize=2)
def _reader(path: str) -> Reader:
    return Reader(path)


def fault_of(path: str) -> str:
    """Why a database cannot be used, as a sentence; empty when it can."""
    try:
        with Reader(path) as reader:
            reader.city("192.0.2.1")
    except AddressNotFoundError:
        return ""
    except (GeoIP2Error, InvalidDatabaseError, OSError, TypeError, ValueError) as fault:
        return f"{path} is no GeoIP City database: {str(fault)[:200]}"
    return ""
