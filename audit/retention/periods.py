"""Periods: for each category how many days bodies and seals are kept, and why.

Nothing is removed unless a policy says so: without one, and with 0 days, entries are kept for good.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections

from audit.models import RetentionPolicy
from kernel import tenancy
from kernel.events import CATALOGUE, CATEGORIES
from kernel.problems import Invalid

SHORTEST_DAYS = 30
LONGEST_DAYS = 36_500
BASIS_MAXIMUM = 500
UNKNOWN = "unknown"
"""The category of entries whose action nobody knows any more; no policy is about them, so that they stay."""
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7105))"


@dataclass(frozen=True, slots=True)
class Preset:
    """A period that a rule asks for, for all categories; the seals are kept for good."""

    label: str
    body_days: int
    basis: str


PRESETS = {
    "pci-dss": Preset("PCI DSS: 12 months", 366, "PCI DSS v4.0.1 requirement 10.5.1: twelve months of audit log history"),
    "hipaa": Preset("HIPAA: 6 years", 2192, "45 CFR 164.316(b)(2)(i): six years of documentation"),
    "sox": Preset("SOX: 7 years", 2557, "17 CFR 210.2-06: seven years of records of audits and reviews"),
}
"""The longest years are counted, so that no day is missing."""


def policies() -> dict[str, RetentionPolicy]:
    """The policy of each category, in their order; one that was never set keeps for good and has version 0."""
    known = {policy.category: policy for policy in RetentionPolicy.objects.all()}
    return {name: known.get(name) or RetentionPolicy(category=name, version=0) for name in CATEGORIES}


def category_of(action: str, *, stored: str) -> str:
    """The category of an entry: what its row says, or for rows that are older than categories what the action means today."""
    if stored:
        return stored
    event = CATALOGUE.get(action)
    return event.category if event is not None and event.category else UNKNOWN


def require_sound(*, category: str, body_days: int, seal_days: int, basis: str) -> None:
    """Refuse a period that makes no sense. Raises Invalid that names each fault."""
    faults = []
    if category not in CATEGORIES:
        faults.append(("/category", f"Choose one of: {', '.join(CATEGORIES)}."))
    if body_days and not SHORTEST_DAYS <= body_days <= LONGEST_DAYS:
        faults.append(("/body_days", f"Give 0 for good, or between {SHORTEST_DAYS} and {LONGEST_DAYS:,} days."))
    if seal_days and not (body_days and body_days <= seal_days <= LONGEST_DAYS):
        faults.append(
            ("/seal_days", "Seals are kept at least as long as bodies: give 0 for good, or no fewer days than for bodies.")
        )
    if not 0 <= len(basis) <= BASIS_MAXIMUM or (body_days and not basis):
        faults.append(("/basis", f"Say in at most {BASIS_MAXIMUM} characters which rule or decision asks for this period."))
    if faults:
        errors: list[dict[str, Any]] = [{"pointer": pointer, "code": "invalid", "detail": detail} for pointer, detail in faults]
        raise Invalid("Correct the fields that `errors` names.", errors=errors)


def lock() -> None:
    """Let nobody else change policies or holds, or remove anything, in this tenant until the transaction ends.

    So a hold is placed before a removal, which then keeps what it holds, or after it; never during it.
    """
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(LOCK, [tenancy.current().schema])


def document(policy: RetentionPolicy) -> dict[str, Any]:
    """A policy as the trail keeps it beside what it removed."""
    return {"body_days": policy.body_days, "seal_days": policy.seal_days, "basis": policy.basis}
