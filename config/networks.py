"""Networks as the settings name them. Pure, and free of Django."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parsed(entries: Iterable[str]) -> tuple[Network, ...]:
    """`10.20.0.0/16`, `192.0.2.7` or `fd00:12::/32` as networks.

    Raises ValueError that names the entry; bits behind the prefix must be zero, so that a slip does not open a larger network.
    """
    return tuple(_network(entry) for entry in entries)


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        raise ValueError(f"{entry!r} is not a network such as 10.20.0.0/16") from None
