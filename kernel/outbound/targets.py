"""From an address that somebody typed to addresses that may be connected to, or a refusal."""

import re
import socket
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

import dns.exception
import dns.resolver
import idna
from django.conf import settings

from kernel.addresses import canonical
from kernel.outbound import addresses
from kernel.outbound.deadlines import CONNECT_S, Deadline
from kernel.problems import Unreachable, UnsafeAddress

URL_MAXIMUM = 2048
PORTS = {"https": 443, "http": 80}
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Location:
    """The parts of a URL: `host` is lower-case ASCII without brackets, `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A host whose addresses were all checked; `is_private` when the operator's list alone allows them."""

    host: str
    port: int
    addresses: tuple[str, ...]
    is_private: bool


def require_allowed(url: str) -> None:
    """Refuse a URL that will not be called: another scheme than https, a login in it, a host that is or leads to a closed address.

    Plain http is let through for hosts whose addresses OUTBOUND_PRIVATE lists. Looks the host up; the same is done again at each call.
    Raises UnsafeAddress, Unreachable where the name cannot be looked up.
    """
    place = located(url)
    require_scheme(place, target=checked(place.host, port=place.port, deadline=Deadline(CONNECT_S)))


def require_host(host: str, *, port: int) -> None:
    """The same for a host and port without a URL. Raises UnsafeAddress, Unreachable."""
    checked(plain_host(host), port=port, deadline=Deadline(CONNECT_S))


def located(url: str) -> Location:
    """The parts of a URL, read strictly. Raises UnsafeAddress."""
    if len(url) > URL_MAXIMUM or _UNFIT.search(url):
        raise UnsafeAddress("Give a URL of at most 2,048 signs, without blanks, control signs and backslashes.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnsafeAddress("This is no URL; give one such as https://collector.example.com/audit.") from None
    if parts.scheme not in PORTS:
        raise UnsafeAddress("Only https is called; give a URL that begins with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UnsafeAddress("Leave user, password and fragment out of the URL; secrets have a field of their own.")
    path = parts.path or "/"
    return Location(
        scheme=parts.scheme,
        host=plain_host(host),
        port=PORTS[parts.scheme] if port is None else port,
        path=f"{path}?{parts.query}" if parts.query else path,
    )


def require_scheme(place: Location, *, target: Target) -> None:
    """Plain http only inside networks that the operator lists. Raises UnsafeAddress."""
    if place.scheme == "http" and not target.is_private:
        raise UnsafeAddress("Only https is called; give a URL that begins with https://.")


def plain_host(host: str) -> str:
    """A host as it is looked up: lower-case ASCII, an IP address in its usual form. Raises UnsafeAddress.

    Other spellings of addresses (`0x7f.1`, `2130706433`, full-width digits) are refused rather than read.
    """
    text = host.strip("[]") if host.startswith("[") else host
    literal = addresses.literal(text)
    if literal is not None:
        return str(literal)
    try:
        name = text.lower() if text.isascii() else idna.encode(text, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        name = ""
    labels = name.removesuffix(".").split(".")
    is_numeric = labels[-1].isdigit() or labels[-1].startswith("0x")
    if is_numeric or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UnsafeAddress("The host is neither a name nor an address in its usual form; give one such as collector.example.com.")
    return name


def checked(host: str, *, port: int, deadline: Deadline) -> Target:
    """All addresses of a host, looked up once, each of them allowed. Raises UnsafeAddress, Unreachable.

    One closed address among open ones closes the host: which of them would be taken is the other side's choice.
    """
    if not 1 <= port <= 65535:
        raise UnsafeAddress("The port must be between 1 and 65535.")
    found = [canonical(text.partition("%")[0]) for text in _looked_up(host, deadline=deadline)]
    is_private = False
    for address in found:
        if addresses.is_listed(address, private=settings.OUTBOUND_PRIVATE):
            is_private = True
        elif not addresses.is_public(address):
            raise UnsafeAddress(
                "The host leads to an address that is not on the public internet. Name another host, or have the operator list its "
                "network in OUTBOUND_PRIVATE.",
                host=host,
            )
    is_private = is_private and all(addresses.is_listed(address, private=settings.OUTBOUND_PRIVATE) for address in found)
    return Target(host=host, port=port, addresses=tuple(dict.fromkeys(str(address) for address in found)), is_private=is_private)


def _looked_up(host: str, *, deadline: Deadline) -> list[str]:
    """The addresses of a host, at least one. By OUTBOUND_RESOLVERS where set, else as this machine does it, hosts file included."""
    if addresses.literal(host) is not None:
        return [host]
    found = _asked(host, deadline=deadline) if settings.OUTBOUND_RESOLVERS else _by_the_system(host, deadline=deadline)
    if not found:
        raise Unreachable("The name of the host cannot be looked up. Check its spelling, and that it is in the DNS.", host=host)
    return found


def _asked(host: str, *, deadline: Deadline) -> list[str]:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in settings.OUTBOUND_RESOLVERS]
    resolver.timeout = resolver.lifetime = deadline.left_to_connect()
    try:
        return list(resolver.resolve_name(f"{host.removesuffix('.')}.", lifetime=resolver.lifetime).addresses())
    except dns.exception.DNSException:
        return []


def _by_the_system(host: str, *, deadline: Deadline) -> list[str]:
    """In a thread of its own, because the system's lookup knows no time limit."""
    found: list[str] = []

    def look_up() -> None:
        try:
            found.extend(str(answer[4][0]) for answer in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except OSError:
            return

    thread = Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline.left_to_connect())
    return list(found)
