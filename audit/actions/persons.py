"""Forgetting a person: nobody can read any more what the trail has of them, and the trail still holds."""

from collections.abc import Iterable
from importlib import import_module

from django.conf import settings

from audit import events, forgetting, mentions, queries
from audit.actions.recording import record
from audit.permissions import Permission
from audit.problems import PersonHeld, ReasonMissing
from kernel import tenancy
from kernel.actors import Actor

REASON_MAX = 500


def forget_person(ref: str, *, reason: str, actor: Actor) -> queries.PersonInTrail:
    """Destroy the key of a person's data in the active tenant's trail; what it had of them.

    First it is noted in home, so that no restored copy brings the key back; then the key goes, with what alerts and saved things say of the person,
    and the trail says so; then the labels and addresses of the person's entries are emptied in batches. Idempotent: repeated after a crash it ends what was begun, and records nothing anew.
    The person's account is none of the trail's: it stays. Raises Forbidden, ReasonMissing, PersonUnknown, PersonHeld.
    """
    actor.require(Permission.FORGET_PERSONS)
    why = reason.strip()
    if not 0 < len(why) <= REASON_MAX:
        raise ReasonMissing(f"Say in 1 to {REASON_MAX} characters why, e.g. the number of the request.")
    found = queries.person_in_trail(ref)
    _require_free(ref)
    import_module(settings.FORGOTTEN_PERSONS).note(tenancy.current().id, ref)
    _close(ref, reason=why, number=found.entries, actor=actor)
    forgetting.empty([ref])
    return found


def forget_again(refs: Iterable[str]) -> int:
    """Forget persons whose keys came back with a restored copy of the active tenant; the number of keys. Records nothing: the journal has it."""
    gone = list(refs)
    with tenancy.activate(tenancy.current(), purpose=tenancy.Purpose.MIGRATE), tenancy.atomic():
        for ref in gone:
            mentions.forget(ref)
        closed = forgetting.close(gone)
    forgetting.empty(gone)
    return closed


def empty_forgotten() -> int:
    """Empty what processes that still remembered a key wrote of forgotten persons; the number of entries."""
    return forgetting.empty_lately()


def _require_free(ref: str) -> None:
    holds = queries.holds_about(ref)
    if holds:
        raise PersonHeld(
            "Have the holds lifted first, then ask again; whoever asked to be forgotten may be told of the hold.",
            holds=[hold.public_id for hold in holds][:20],
        )


@tenancy.atomic
def _close(ref: str, *, reason: str, number: int, actor: Actor) -> None:
    mentions.forget(ref)
    if forgetting.close([ref]):
        record(events.PersonForgotten(subject=ref, reason=reason, entries=number), actor=actor)
