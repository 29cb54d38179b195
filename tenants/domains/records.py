"""What must stand in DNS for a host: the proof that it is the tenant's, and where it points.

Both are the tenant's alone. The proof is a digest of tenant and host, so that a record that one tenant put there proves nothing for another;
the target is named after the tenant, so that a CNAME which outlives a tenant leads to nobody.
"""

import ipaddress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from kernel import ids, sealing
from tenants import hosts
from tenants.models import Domain, DomainKind

PROOF_SIGNS = 40


@dataclass(frozen=True, slots=True)
class Record:
    """One DNS record to set; `purpose` is `proof` or `traffic`."""

    type: str
    name: str
    value: str
    purpose: str


def wanted(domain: Domain) -> list[Record]:
    """The records that a custom domain needs; none for the platform's own addresses."""
    if domain.kind == DomainKind.PLATFORM:
        return []
    proof = Record("TXT", challenge_name(domain.host), challenge(domain.tenant_id, host=domain.host), "proof")
    return [proof, *_pointing(domain)]


def challenge_name(host: str) -> str:
    """Where the proof stands."""
    return f"{hosts.CHALLENGE_LABEL}.{host}"


def challenge(tenant_id: UUID, *, host: str) -> str:
    """The proof itself: 160 bits in hex of a digest over tenant and host, under the installation's pepper."""
    value = b"\0".join((tenant_id.bytes, host.encode("ascii")))
    return sealing.digest(value, purpose="tenants.domain_challenge").hex()[:PROOF_SIGNS]


def target(tenant_id: UUID) -> str:
    """The name that a tenant's domains point to: 26 signs that no other tenant ever has, below EDGE_DOMAIN."""
    return f"{ids.show('ten', tenant_id).removeprefix('ten_')}.{settings.EDGE_DOMAIN}"


def _pointing(domain: Domain) -> list[Record]:
    """A CNAME; or addresses, where DNS allows no CNAME and the operator has named them."""
    if not (hosts.is_apex(domain.host) and settings.EDGE_ADDRESSES):
        return [Record("CNAME", domain.host, target(domain.tenant_id), "traffic")]
    kinds = {4: "A", 6: "AAAA"}
    return [
        Record(kinds[ipaddress.ip_address(address).version], domain.host, address, "traffic") for address in settings.EDGE_ADDRESSES
    ]
