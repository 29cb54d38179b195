"""What the facts from DNS mean for a host. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.domains.asking import Facts


class Proof(StrEnum):
    """Whether DNS proves that the host is the tenant's; `unknown` when nobody could be asked."""

    GIVEN = "given"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about a host: a stable code, how much it matters (`error`, `warning`), and what to do."""

    code: str
    level: str
    detail: str

    def as_map(self) -> dict[str, Any]:
        """As it is kept and shown."""
        return {"code": self.code, "level": self.level, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at DNS came to."""

    proof: Proof
    findings: tuple[Finding, ...]


def judge(facts: Facts, *, host: str, challenge: str, target: str, authorities: Collection[str]) -> Look:
    """The proof, and everything that keeps a host from answering over https. Only the proof decides whether a domain is active."""
    if facts.texts is None:
        return Look(Proof.UNKNOWN, (_could_not_ask(),))
    proof = Proof.GIVEN if challenge in facts.texts else Proof.MISSING
    findings = [*_of_proof(facts, challenge=challenge)]
    if not facts.is_complete:
        findings.append(_could_not_ask())
        return Look(proof, tuple(findings))
    findings += [*_of_way(facts, host=host, target=target), *_of_authorities(facts, ours=authorities)]
    return Look(proof, tuple(findings))


def _could_not_ask() -> Finding:
    return Finding(
        "dns-unavailable", "warning", "No name server could be asked. Nothing is changed by this; it is tried again by itself."
    )


def _of_proof(facts: Facts, *, challenge: str) -> Iterator[Finding]:
    if not facts.texts:
        yield Finding(
            "txt-missing", "error", "The TXT record is not there. Set it as shown; a new record can take an hour to be seen."
        )
    elif challenge not in facts.texts:
        yield Finding(
            "txt-wrong",
            "error",
            "A TXT record is there with another value. Copy the value as shown: it fits this tenant and this host alone.",
        )


def _of_way(facts: Facts, *, host: str, target: str) -> Iterator[Finding]:
    """Whether traffic for the host comes here."""
    if len(facts.aliases) > 1:
        yield Finding(
            "several-cname", "warning", f"{host} has more than one CNAME, which DNS does not allow. Keep the one to {target}."
        )
        return
    if facts.aliases == (target,):
        return
    alias = facts.aliases[0] if facts.aliases else ""
    # A name elsewhere, or addresses at the apex, are as good as the CNAME where they lead to our own proxy.
    if not facts.addresses:
        yield _elsewhere(alias, target=target) if alias else _missing(host, target=target)
        return
    four = {address for address in facts.addresses if ":" not in address}
    six = facts.addresses - four
    if six - facts.edge:
        yield Finding(
            "aaaa-elsewhere",
            "warning",
            f"{host} has an AAAA record that does not lead here, so that people with IPv6 miss us. Remove it: {_list(six - facts.edge)}.",
        )
    if four & facts.edge and four - facts.edge:
        yield Finding(
            "several-a", "warning", f"{host} leads here only sometimes. Remove the other A records: {_list(four - facts.edge)}."
        )
    elif four - facts.edge:
        yield _elsewhere(alias or _list(four), target=target)


def _of_authorities(facts: Facts, *, ours: Collection[str]) -> Iterator[Finding]:
    if facts.authorities is not None and not facts.authorities & set(ours):
        yield Finding(
            "caa-forbids",
            "warning",
            f'CAA records allow no certificate from {_list(ours)}. Add a CAA record `0 issue "{next(iter(ours), "")}"`.',
        )


def _missing(host: str, *, target: str) -> Finding:
    return Finding("cname-missing", "warning", f"{host} leads nowhere yet. Set its CNAME to {target}.")


def _elsewhere(where: str, *, target: str) -> Finding:
    return Finding(
        "points-elsewhere",
        "warning",
        f"The host leads to {where} and not to {target}. That is fine for a proxy or CDN of yours that passes the Host header on to us.",
    )


def _list(values: Collection[str]) -> str:
    return ", ".join(sorted(values))
