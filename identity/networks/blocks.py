"""Blocks of addresses as people write them, and whether an address is in some of them. Pure.

An IPv4 address inside IPv6 (`::ffff:192.0.2.1`, RFC 4291 section 2.5.5.2) is the IPv4 address that it holds, in rules as in callers: otherwise
a rule would depend on how the web server happened to listen. Private and loopback blocks are data like any other.
"""

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import orjson

from kernel import addresses

TEXT_MAX: Final = 49  # eight groups of four, seven colons, /128, and a few signs to spare: what is longer is no block
MAPPED_BITS: Final = 96
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadBlock(ValueError):
    """The text is no block of addresses; the message tells people what to write instead."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Disjoint ranges of one IP version in their order: where each begins and ends, as numbers."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def hold(self, number: int) -> bool:
        """Whether one of the ranges holds the address of this number."""
        place = bisect_right(self.starts, number) - 1
        return place >= 0 and number <= self.ends[place]

    def cover(self, start: int, end: int) -> bool:
        """Whether one of the ranges holds a whole other range."""
        return self.hold(start) and end <= self.ends[bisect_right(self.starts, start) - 1]


def canonical(text: str) -> str:
    """The one spelling of a block: `10.0.0.1` → `10.0.0.1/32`, `::ffff:10.0.0.0/104` → `10.0.0.0/8`, `2001:DB8::/32` → `2001:db8::/32`. Raises BadBlock."""
    address, slash, length = text.strip(" ").partition("/")
    if len(text) > TEXT_MAX or "%" in text or (slash and not (length.isascii() and length.isdigit())):
        raise BadBlock("Write an address or a block such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.")
    try:
        network = ipaddress.ip_network(f"{address}{slash}{length}", strict=False)
        is_exact = ipaddress.ip_address(address) == network.network_address
    except ValueError:
        raise BadBlock("Write an address or a block such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.") from None
    if not is_exact:
        # Whoever writes 10.0.0.7/8 may mean 10.0.0.7 or all of 10.0.0.0/8: sixteen million addresses are not guessed.
        raise BadBlock(f"{address} is inside that block. Write {network} for all of it, or {address} for this address alone.")
    return str(_unwrapped(network))


def contains(listed: str, address: str) -> bool:
    """Whether an address is in one of the blocks of a JSON list, e.g. `["192.0.2.0/24"]`; an empty list holds every address."""
    return listed == "[]" or _holds(_compiled(listed), address)


def holds(blocks: Iterable[str], address: str) -> bool:
    """The same for blocks that are at hand as a list."""
    return contains(orjson.dumps(list(blocks)).decode(), address)


def within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    """Whether no address of the inner blocks is outside the outer ones; an empty list is every address, on either side."""
    inside, outside = _ranges(inner), _ranges(outer)
    if not any(outside[version].starts for version in outside):
        return True
    return any(inside[version].starts for version in inside) and all(
        outside[version].cover(start, end)
        for version, ranges in inside.items()
        for start, end in zip(ranges.starts, ranges.ends, strict=True)
    )


def allow(lists: str, address: str) -> bool:
    """Whether an address is in every one of some lists, as JSON: `[["192.0.2.0/24"], ["10.0.0.0/8", "192.0.2.7/32"]]`; `[]` lets everybody in.

    An address that is not known (empty, or no address) is in no list.
    """
    return lists == "[]" or all(_holds(ranges, address) for ranges in _all_compiled(lists))


def _holds(ranges: dict[int, Ranges], address: str) -> bool:
    version, number = _number(address)
    own = ranges.get(version)
    return own is not None and own.hold(number)


@lru_cache(maxsize=512)
def _compiled(listed: str) -> dict[int, Ranges]:
    """Ranges by IP version. Reading two hundred blocks takes a millisecond, finding an address in them a microsecond."""
    return _ranges(orjson.loads(listed))


@lru_cache(maxsize=512)
def _all_compiled(lists: str) -> tuple[dict[int, Ranges], ...]:
    return tuple(_ranges(blocks) for blocks in orjson.loads(lists))


def _ranges(blocks: Iterable[str]) -> dict[int, Ranges]:
    networks = [_unwrapped(ipaddress.ip_network(block)) for block in blocks]
    fourth = ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv4Network))
    sixth = ipaddress.collapse_addresses(network for network in networks if isinstance(network, ipaddress.IPv6Network))
    return {4: _in_order(fourth), 6: _in_order(sixth)}


def _in_order(networks: Iterable[Network]) -> Ranges:
    pairs = [(int(network.network_address), int(network.broadcast_address)) for network in networks]
    return Ranges(starts=tuple(start for start, _ in pairs), ends=tuple(end for _, end in pairs))


@lru_cache(maxsize=4096)
def _number(address: str) -> tuple[int, int]:
    """IP version and number of an address; version 0, of which no list has ranges, for what is none."""
    try:
        found = addresses.canonical(address)
    except ValueError:
        return 0, 0
    return found.version, int(found)


def _unwrapped(network: Network) -> Network:
    """The IPv4 block inside an IPv6 one. Raises BadBlock for a block that holds IPv4 and other addresses at once."""
    if not isinstance(network, ipaddress.IPv6Network) or network.network_address.ipv4_mapped is None:
        return network
    if network.prefixlen < MAPPED_BITS:
        raise BadBlock("Write IPv4 blocks in their own form, such as 192.0.2.0/24.")
    return ipaddress.IPv4Network((int(network.network_address.ipv4_mapped), network.prefixlen - MAPPED_BITS))
