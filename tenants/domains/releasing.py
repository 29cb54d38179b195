"""Giving hosts back. A host that answered for a tenant is kept from all others for a while.

DNS records outlive the contract that they were made for: whoever got the host the next day would be sent the people, cookies and links of
the one before.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from tenants.models import ANSWERING, Domain, DomainKind, DomainState, Tenant

QUARANTINE = timedelta(days=30)

GIVEN_BACK: dict[str, Any] = {
    "state": DomainState.RELEASED.value,
    "is_primary": False,
    "redirects": False,
    "failures": 0,
    "findings": [],
    "claim_expires_at": None,
    "next_check_at": None,
    "lapsed_at": None,
}


def release_all(tenant: Tenant, *, at: datetime) -> int:
    """Take every host from a tenant, its platform address included; returns how many answered until now.

    Hosts that answered are kept from others until 30 days after `at`; mere claims are forgotten, they kept nobody off. Idempotent: what was
    given back before keeps its date. To be called in home's transaction; the caller records it.
    """
    hosts = Domain.objects.filter(tenant=tenant).exclude(state=DomainState.RELEASED)
    hosts.filter(state=DomainState.CLAIMED).exclude(quarantined_until__gt=at).delete()
    return hosts.update(**GIVEN_BACK, quarantined_until=at + QUARANTINE, version=F("version") + 1)


def release(domain: Domain, *, at: datetime) -> datetime:
    """Take one proven host from its tenant; until when it is kept from others. If it was the primary one, the platform address takes its place."""
    was_primary = domain.is_primary
    for name, value in GIVEN_BACK.items():
        setattr(domain, name, value)
    domain.quarantined_until = at + QUARANTINE
    domain.version += 1
    domain.save(update_fields=[*GIVEN_BACK, "quarantined_until", "version"])
    if was_primary:
        fall_back(domain.tenant)
    return at + QUARANTINE


def drop_claim(domain: Domain, *, at: datetime) -> None:
    """End a claim that was not proven. If the host is still kept for the tenant that had it before, it stays kept: claiming is no way around."""
    if domain.quarantined_until is None or domain.quarantined_until <= at:
        domain.delete()
        return
    for name, value in GIVEN_BACK.items():
        setattr(domain, name, value)
    domain.version += 1
    domain.save(update_fields=[*GIVEN_BACK, "version"])


def leave_behind(tenant: Tenant, *, host: str, at: datetime) -> None:
    """Keep a platform address that a tenant just moved away from out of others' hands, as if it had been a host of its own.

    To be called after the platform row has its new host, in home's transaction. Coming back is `take_back` first.
    """
    values = {**GIVEN_BACK, "quarantined_until": at + QUARANTINE, "kind": DomainKind.CUSTOM.value}
    Domain.objects.update_or_create(tenant=tenant, host=host, defaults=values)


def take_back(tenant: Tenant, *, host: str) -> None:
    """Forget that a tenant left a host, because it takes it again: its own quarantine never keeps it out. Call before the host is written."""
    Domain.objects.filter(tenant=tenant, host=host, state=DomainState.RELEASED).delete()


def fall_back(tenant: Tenant) -> None:
    """Make the platform address the primary one, where it answers."""
    platform = Domain.objects.filter(tenant=tenant, kind=DomainKind.PLATFORM, state=DomainState.ACTIVE)
    platform.update(is_primary=True, redirects=False, version=F("version") + 1)


def kept_from(tenant: Tenant | None, *, host: str, at: datetime) -> Domain | None:
    """The row that keeps a host from a tenant (None: from any) now: another's that answers or was given back lately."""
    others = Domain.objects.filter(host=host).filter(_keeping(at))
    return (others if tenant is None else others.exclude(tenant=tenant)).order_by("id").first()


def spent(at: datetime) -> QuerySet[Domain]:
    """Rows that keep nobody off any more: given back, and the quarantine is over."""
    return Domain.objects.filter(state=DomainState.RELEASED).exclude(quarantined_until__gt=at)


def _keeping(at: datetime) -> Q:
    return Q(state__in=ANSWERING) | Q(quarantined_until__gt=at)
