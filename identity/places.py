"""Where a request comes from, as the throttle counts it: one IPv4 address, or the /64 of an IPv6 address, which one subscriber has whole. Pure."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network


@lru_cache(maxsize=4096)
def place_of(address: str) -> str:
    """The place of an address, e.g. `192.0.2.7` or `2001:db8:1:2::/64`; a text that is no address is a place of its own."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((known, 64), strict=False))
