"""IP addresses as they are meant, however they were written. Pure."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address


def canonical(text: str) -> Address:
    """An address as it is meant: `::ffff:192.0.2.1` (RFC 4291, section 2.5.5.2) is 192.0.2.1. Raises ValueError."""
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The same as text and without its zone; empty for what is no address."""
    return str(_without_zone(text) or "")


@lru_cache(maxsize=4096)
def place_of(text: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, which one subscriber has whole; a text that is no address is a place of its own.

    E.g. `192.0.2.7` or `2001:db8:1:2::/64`.
    """
    address = _without_zone(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return text if address is None else str(address)


def _without_zone(text: str) -> Address | None:
    """A zone (RFC 4007) names an interface of the machine that wrote it."""
    try:
        return canonical(text.partition("%")[0])
    except ValueError:
        return None
