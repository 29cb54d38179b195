"""Hosts as documents."""

from datetime import datetime
from typing import Any

from kernel.clock import rfc3339
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
        "claim_expires_at": _moment(domain.claim_expires_at),
        "verified_at": _moment(domain.verified_at),
        "checked_at": _moment(domain.checked_at),
        "next_check_at": _moment(domain.next_check_at),
        "lapsed_at": _moment(domain.lapsed_at),
        "quarantined_until": _moment(domain.quarantined_until),
        "version": domain.version,
        "created_at": rfc3339(domain.created_at),
    }


def of_owned_domain(domain: Domain) -> dict[str, Any]:
    """The same with the tenant whose it is, for lists over all tenants."""
    return {**of_domain(domain), "tenant": domain.tenant.public_id, "tenant_slug": domain.tenant.slug}


def _record(record: records.Record) -> dict[str, str]:
    return {"type": record.type, "name": record.name, "value": record.value, "purpose": record.purpose}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
