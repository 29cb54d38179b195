"""Hosts as documents."""

from typing import Any

from kernel.clock import rfc3339, rfc3339_or_none
from tenants.domains import records
from tenants.models import Domain


def of_domain(domain: Domain) -> dict[str, Any]:
    """A domain as a map, with the DNS records that it needs and what the last look at DNS found."""
    return {
        "id": domain.public_id,
        "host": domain.host,
        "kind": domain.kind,
        "state": domain.state,
        "is_primary": domain.is_primary,
        "redirects": domain.redirects,
        "is_trusted": domain.is_trusted,
        "records": [_record(record) for record in records.wanted(domain)],
        "findings": domain.findings,
        "claim_expires_at": rfc3339_or_none(domain.claim_expires_at),
        "verified_at": rfc3339_or_none(domain.verified_at),
        "checked_at": rfc3339_or_none(domain.checked_at),
        "next_check_at": rfc3339_or_none(domain.next_check_at),
        "lapsed_at": rfc3339_or_none(domain.lapsed_at),
        "quarantined_until": rfc3339_or_none(domain.quarantined_until),
        "version": domain.version,
        "created_at": rfc3339(domain.created_at),
    }


def of_owned_domain(domain: Domain) -> dict[str, Any]:
    """The same with the tenant whose it is, for lists over all tenants."""
    return {**of_domain(domain), "tenant": domain.tenant.public_id, "tenant_slug": domain.tenant.slug}


def _record(record: records.Record) -> dict[str, str]:
    return {"type": record.type, "name": record.name, "value": record.value, "purpose": record.purpose}
