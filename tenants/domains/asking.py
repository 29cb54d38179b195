"""Asking DNS about a host. What is not there is an answer; a name server that does not answer is none."""

import time
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from django.conf import settings

from tenants.domains import records

LIFETIME_S = 3.0
PATIENCE_S = 8.0


class CouldNotAsk(Exception):
    """No name server gave a usable answer: nothing is known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What DNS says about a host.

    `texts` are the TXT records where the proof belongs, None when nobody could be asked about it. `aliases` are the host's CNAMEs, `addresses`
    what it leads to, `edge` the addresses of our proxy, `authorities` the CAs that CAA records allow (None: no such record). `is_complete` is
    whether all but the proof could be asked.
    """

    texts: tuple[str, ...] | None
    aliases: tuple[str, ...] = ()
    addresses: frozenset[str] = field(default_factory=frozenset)
    edge: frozenset[str] = field(default_factory=frozenset)
    authorities: frozenset[str] | None = None
    is_complete: bool = False


def ask(host: str, *, target: str) -> Facts:
    """Everything that DNS says about a host whose CNAME should be `target`; takes 8 s at most, and never raises for what DNS does."""
    asker = _Asker()
    try:
        texts = asker.texts(records.challenge_name(host))
    except CouldNotAsk:
        return Facts(texts=None)
    try:
        aliases = asker.names(host)
        addresses = asker.addresses(host)
        edge = frozenset(settings.EDGE_ADDRESSES) or asker.addresses(target)
        return Facts(texts, aliases, addresses, edge, asker.authorities(host), is_complete=True)
    except CouldNotAsk:
        return Facts(texts=texts)


class _Asker:
    """Questions of one look, which share their patience. Nothing is cached: a person who has just set a record wants to see it."""

    def __init__(self) -> None:
        self._end = time.monotonic() + PATIENCE_S
        self._resolver: dns.resolver.Resolver | None = None

    def texts(self, name: str) -> tuple[str, ...]:
        """The TXT records of a name; the pieces of each put together."""
        return tuple(b"".join(record.strings).decode("ascii", "replace").strip() for record in self._ask(name, "TXT"))

    def names(self, host: str) -> tuple[str, ...]:
        """Where the CNAMEs of a host lead, without final dot; more than one is a fault that some servers let pass."""
        return tuple(record.target.to_text(omit_final_dot=True).lower() for record in self._ask(host, "CNAME"))

    def addresses(self, host: str) -> frozenset[str]:
        """The IPv4 and IPv6 addresses that a host leads to in the end."""
        return frozenset(record.address for kind in ("A", "AAAA") for record in self._ask(host, kind))

    def authorities(self, host: str) -> frozenset[str] | None:
        """Who may issue certificates for a host: the nearest CAA records upwards count (RFC 8659 section 3); None when there are none."""
        labels = host.split(".")
        for depth in range(len(labels)):
            found = self._ask(".".join(labels[depth:]), "CAA")
            if found:
                issuers = [record.value.decode("ascii", "replace") for record in found if record.tag.lower() == b"issue"]
                # Records about other things than issuing leave issuing free.
                return frozenset(value.partition(";")[0].strip().lower() for value in issuers) if issuers else None
        return None

    def _ask(self, name: str, kind: str) -> list[Any]:
        """The records of one kind, each with the attributes of its kind; empty when DNS says that there are none. Raises CouldNotAsk."""
        lifetime = min(LIFETIME_S, self._end - time.monotonic())
        if lifetime <= 0:
            raise CouldNotAsk("out of patience")
        try:
            answer = self._configured().resolve(
                dns.name.from_text(name), kind, lifetime=lifetime, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError) as fault:
            raise CouldNotAsk(str(fault)) from fault
        return list(answer.rrset or ())

    def _configured(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=not settings.DNS_RESOLVERS)
            if settings.DNS_RESOLVERS:
                self._resolver.nameservers = [
                    dns.nameserver.Do53Nameserver(address, port) for address, port in settings.DNS_RESOLVERS
                ]
        return self._resolver
