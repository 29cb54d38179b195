"""Which addresses may be called. Pure.

The standard library's `is_global` is no guard: it lets 18 of 38 hostile addresses pass (multicast, NAT64, 6to4, IPv4-compatible, site-local).
So the networks stand here, from the IANA registries of special-purpose addresses (RFC 6890 and its updates).
"""

import ipaddress
from collections.abc import Iterable

from kernel.addresses import Address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd00:ec2::23",
    )
)
"""Where clouds hand credentials to their machines: never called, whatever the settings list."""

CLOSED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
OPEN_V6 = ipaddress.IPv6Network("2000::/3")
CLOSED_V6 = tuple(ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
"""Within global unicast: Teredo and other protocols, documentation, 6to4. Everything outside 2000::/3 is closed, NAT64 included."""


def literal(text: str) -> Address | None:
    """The address that a text is in the usual form; None for names."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to a machine of the public internet, as far as the registries tell."""
    if address in METADATA:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in CLOSED_V4)
    return address in OPEN_V6 and not any(address in network for network in CLOSED_V6)


def is_listed(address: Address, *, private: Iterable[Network]) -> bool:
    """Whether the operator lists a network that holds this address, and it is no cloud's metadata."""
    return address not in METADATA and any(address in network for network in private)
