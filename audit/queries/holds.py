"""Reading legal holds: which there are, what they name, how much that is."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import holds as holding
from audit.filters import Filters
from audit.holds import Terms
from audit.models import HeldEntry, LegalHold
from audit.problems import HoldNotFound
from kernel.clock import rfc3339, rfc3339_or_none
from kernel.problems import Invalid

STANDING, ASKED, LIFTED = "standing", "lift_asked", "lifted"
HOLD_STATES = (STANDING, ASKED, LIFTED)
CONDITIONS: Mapping[str, Q] = {
    STANDING: Q(lifted_at=None, lift_asked_at=None), ASKED: Q(lifted_at=None, lift_asked_at__isnull=False), LIFTED: Q(lifted_at__isnull=False),
}  # fmt: skip
TERMS = frozenset({"actor", "subject", "action", "since", "until"})


def legal_holds(*, q: str = "", state: str = "") -> QuerySet[LegalHold]:
    """The legal holds of the tenant, lifted ones too; `q` searches name and matter."""
    found = LegalHold.objects.filter(Q(name__icontains=q) | Q(matter__icontains=q)) if q else LegalHold.objects.all()
    return found.filter(CONDITIONS[state]) if state else found


def hold(hold_id: UUID) -> LegalHold:
    """One hold. Raises HoldNotFound."""
    return _found(LegalHold.objects.filter(pk=hold_id).first())


def hold_for_update(hold_id: UUID) -> LegalHold:
    """The same, its row locked until the transaction ends."""
    return _found(LegalHold.objects.select_for_update().filter(pk=hold_id).first())


def hold_terms(given: Mapping[str, Any]) -> Terms:
    """What a hold shall name, read from JSON or a form: `actor`, `subject`, `action`, `since`, `until`, each of which may be empty. Raises Invalid."""
    strange = [
        {"pointer": f"/{name}"[:100], "code": "invalid", "detail": "A hold knows no such term."}
        for name in given
        if name not in TERMS
    ]
    if strange:
        raise Invalid("Correct the terms that `errors` names.", errors=strange)
    read = Filters.parse(given)
    return Terms(actor_id=read.actor, subject=read.subject, action=read.action, since=read.since, until=read.until)


def hold_preview(given: Mapping[str, Any]) -> dict[str, int]:
    """How many entries a hold of these terms would name now: in the trail, and as copies of removed months. Raises Invalid."""
    trail, copies = holding.number_of(hold_terms(given))
    return {"entries": trail + copies, "in_trail": trail, "copies": copies}


def held_copies() -> int:
    """How many entries are kept as copies of removed months."""
    return HeldEntry.objects.count()


def hold_state(found: LegalHold) -> str:
    """Standing, lift_asked or lifted."""
    if found.lifted_at is not None:
        return LIFTED
    return STANDING if found.lift_asked_at is None else ASKED


def hold_document(found: LegalHold) -> dict[str, Any]:
    """One hold as every door shows it."""
    return {
        "id": found.public_id,
        "name": found.name,
        "matter": found.matter,
        "reason": found.reason,
        "state": hold_state(found),
        "terms": {
            "actor": found.actor_id, "subject": found.subject, "action": found.action, "since": rfc3339_or_none(found.since),
            "until": rfc3339_or_none(found.until),
        },
        "owner": {"id": found.owner_id, "label": found.owner_label},
        "placed_at": rfc3339(found.placed_at),
        "lift_asked_by": found.lift_asked_by,
        "lift_asked_at": rfc3339_or_none(found.lift_asked_at),
        "lift_reason": found.lift_reason,
        "lifted_by": found.lifted_by,
        "lifted_at": rfc3339_or_none(found.lifted_at),
        "version": found.version,
    }  # fmt: skip


def _found(row: LegalHold | None) -> LegalHold:
    if row is None:
        raise HoldNotFound("Check the id; holds belong to the tenant whose entries they keep.")
    return row
