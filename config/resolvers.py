"""Name servers as the settings name them. Pure, and free of Django."""

import ipaddress
from collections.abc import Iterable

PORT = 53


def parsed(entries: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """`192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353` as pairs of address and port.

    Raises ValueError that names the entry.
    """
    return tuple(_pair(entry) for entry in entries)


def _pair(entry: str) -> tuple[str, int]:
    address, port = entry, str(PORT)
    if entry.startswith("[") and "]" in entry:
        address, _, tail = entry[1:].partition("]")
        port = tail.removeprefix(":") or str(PORT)
    elif entry.count(":") == 1:
        address, _, port = entry.partition(":")
    if not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"{entry!r} has no port between 1 and 65535")
    try:
        return str(ipaddress.ip_address(address)), int(port)
    except ValueError:
        raise ValueError(f"{entry!r} is not an IP address") from None
