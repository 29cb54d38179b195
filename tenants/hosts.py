"""Hosts: one spelling for each, and which ones a tenant may have. Pure.

The one spelling is lower-case ASCII with IDNA A-labels (RFC 5891), without port and final dot.
"""

import ipaddress
import re
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from tenants.problems import HostInvalid

MAXIMUM = 253
CHALLENGE_LABEL = "_freehold-challenge"
"""Where a tenant proves in DNS that a host is its own: this label before the host."""
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
PORT = re.compile(r":[0-9]{1,5}\Z")

# Names that resolve to the machine itself or that no public resolver answers (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's .internal).
SPECIAL_SUFFIXES = frozenset(
    {"localhost", "local", "internal", "invalid", "test", "example", "onion", "alt", "arpa", "localdomain"}
)


class Unreadable(ValueError):
    """The text cannot be a host at all; `code` is a stable word for the broken rule."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def normalise(text: str) -> str:
    """The one spelling of a host as a person or a Host header gives it.

    Idempotent. IP addresses and single labels pass: whether a tenant may have them is `check_custom`'s question. Raises Unreadable.
    """
    host = PORT.sub("", text.strip()) if not text.startswith("[") else text.strip()
    host = _ascii(host).removesuffix(".")
    if not host:
        raise Unreadable("empty", "The host is empty.")
    if len(host) > MAXIMUM:
        raise Unreadable("length", f"A host has at most {MAXIMUM} signs.")
    if is_address(host):
        return host
    for label in host.split("."):
        _check_label(label)
    return host


def check_custom(text: str, *, suffix: str, edge: str = "", operator: str = "") -> str:
    """The one spelling of a host that a tenant may bring along.

    `suffix` is the platform's own (`TENANT_DOMAIN_SUFFIX`): it and everything below it are given out by slug alone. `edge` is the name below
    which the targets of custom domains lie, `operator` the operator's host; both are ours wherever they are. Raises HostInvalid.
    """
    try:
        host = normalise(text)
    except Unreadable as fault:
        raise _refused(fault.code, fault.detail) from fault
    _refuse_what_is_none(host)
    _refuse_ours(host, suffix=suffix, edge=edge, operator=operator)
    _refuse_what_is_no_ones(host)
    if len(CHALLENGE_LABEL) + 1 + len(host) > MAXIMUM:
        raise _refused(
            "length", f"The record that proves the host, {CHALLENGE_LABEL} before it, would be longer than {MAXIMUM} signs."
        )
    return host


def is_apex(host: str) -> bool:
    """Whether the host is a registered name itself, such as example.com: DNS allows no CNAME there."""
    return bool(_public_suffixes().privatesuffix(host) == host)


def platform_host(slug: str, *, suffix: str) -> str:
    """The address that a tenant has from us, e.g. `acme.localhost`."""
    return f"{slug}.{suffix}"


def is_address(host: str) -> bool:
    """Whether the host is an IPv4 or a bracketed IPv6 address."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


@cache
def _public_suffixes() -> PublicSuffixList:
    """The Public Suffix List (publicsuffix.org) as the package carries it; a TLD that it does not know counts as one. Read once, in 40 ms."""
    return PublicSuffixList()


def _ascii(host: str) -> str:
    """Lower case with A-labels; UTS 46 mapping, so that `Bücher.example` and its full-width twin come out the same."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True, transitional=False, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as fault:
        raise Unreadable("idna", "The host holds signs that no domain name may have.") from fault


def _refuse_what_is_none(host: str) -> None:
    if is_address(host):
        raise _refused("address", "A tenant answers at a name, not at an IP address.")


def _refuse_ours(host: str, *, suffix: str, edge: str, operator: str) -> None:
    if host == suffix or host.endswith("." + suffix):
        raise _refused("platform", f"Names under {suffix} follow the slug: rename the tenant to change it.")
    if edge and (host == edge or host.endswith("." + edge)):
        raise _refused("edge", f"Names under {edge} are what custom domains point to. Give a name of your own.")
    if host == operator:
        raise _refused("operator", "This is the operator's own address.")


def _refuse_what_is_no_ones(host: str) -> None:
    last = host.rpartition(".")[2]
    if "." not in host:
        raise _refused("one-label", "The host needs at least two labels, such as id.example.com.")
    if last in SPECIAL_SUFFIXES:
        raise _refused("special", "This name is kept for special use and does not resolve on the public Internet.")
    if last.isdigit():
        raise _refused("numeric", "The last label of a host is never a number.")
    if _public_suffixes().is_public(host):
        raise _refused(
            "public-suffix", "Under this name anybody can register names of their own. Give the name that you registered."
        )


def _check_label(label: str) -> None:
    if "*" in label:
        raise Unreadable("wildcard", "Wildcards are not possible: add each host by itself.")
    if "_" in label:
        raise Unreadable("underscore", "A host has no underscore; records with one serve other purposes than web addresses.")
    if LABEL.match(label) is None:
        raise Unreadable(
            "label", "Each label has 1 to 63 of the signs a to z, 0 to 9 and -, and neither begins nor ends with a hyphen."
        )
    if label.startswith("xn--"):
        _check_a_label(label)


def _check_a_label(label: str) -> None:
    """An A-label must stand for a real name: a made-up one shows as something else in each browser."""
    try:
        idna.decode(label)
    except (idna.IDNAError, UnicodeError) as fault:
        raise Unreadable("idna", f"{label} stands for no valid internationalised name.") from fault


def _refused(code: str, detail: str) -> HostInvalid:
    return HostInvalid(detail, errors=[{"pointer": "/host", "code": code, "detail": detail}])
