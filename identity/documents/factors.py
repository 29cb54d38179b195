"""Factors, and what is asked of a person, as documents."""

from typing import Any

from identity import factors
from identity.factors import FactorShown, recovery
from identity.models import TrustedDevice, User
from kernel import ids
from kernel.clock import rfc3339, rfc3339_or_none


def of_factor(found: FactorShown) -> dict[str, Any]:
    """One factor as every door shows it."""
    return {
        "id": found.id,
        "kind": found.kind,
        "name": found.name,
        "hint": found.hint,
        "created_at": rfc3339(found.created_at),
        "last_used_at": rfc3339_or_none(found.last_used_at),
    }


def of_trusted_device(found: TrustedDevice) -> dict[str, Any]:
    """One trusted browser as every door shows it."""
    return {
        "id": found.public_id,
        "label": found.label,
        "address": found.address,
        "created_at": rfc3339(found.created_at),
        "last_used_at": rfc3339_or_none(found.last_used_at),
        "expires_at": rfc3339(found.expires_at),
    }


def of_person_factors(person: User) -> dict[str, Any]:
    """A person's factors, how many recovery codes are left, and what the rules ask of them."""
    asked = factors.requirement(person)
    return {
        "person": ids.show("usr", person.id),
        "factors": [of_factor(one) for one in factors.of(person)],
        "recovery_codes_left": recovery.remaining(person),
        "required": asked.level,
        "allowed_factors": [kind for kind in factors.KINDS if kind in asked.allowed],
        "grace_until": rfc3339_or_none(asked.grace_until),
        "remember_days": asked.remember_days,
    }
