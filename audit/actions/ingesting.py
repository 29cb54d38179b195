"""The product tells of what happened in it: its events become entries of the same trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from audit.actions.recording import append_many
from audit.canonical import OutsideDomain
from audit.drafting import Prepared
from audit.ingest import composing, reading, taken
from audit.ingest.composing import Action
from audit.ingest.reading import ProductEvent
from audit.ingest.taken import Claim
from audit.models import ID_PREFIX
from audit.permissions import Permission
from audit.problems import ActionUnknown, EventChanged, WrongTrail
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one event: the product's own id (may be empty), the entry, and whether it was made now."""

    key: str
    entry_id: UUID
    is_new: bool


@tenancy.atomic
def take_events(events: Sequence[ProductEvent], *, actor: Actor) -> list[Taken]:
    """Put events of the product on the active tenant's trail, all of them or none; what became of each, in order.

    An event with an id is taken once for ever: sent again, alone or with others, it gives the entry that there is. Raises Forbidden, WrongTrail,
    ActionUnknown, Invalid, EventChanged.
    """
    actor.require(Permission.WRITE_EVENTS)
    moment = clock.now()
    pointers = [f"/events/{number}" if len(events) > 1 else "" for number in range(len(events))]
    read = [_draft(event, teller=actor, moment=moment, pointer=pointer) for event, pointer in zip(events, pointers, strict=True)]
    drafts, claims = [draft for draft, _ in read], [claim for _, claim in read]
    wanted: dict[str, Claim] = {}
    for event, claim in zip(events, claims, strict=True):
        if event.id:
            wanted.setdefault(event.id, claim)
    held = taken.claim(wanted, at=moment)
    found = [_become(event, claim, held=held, pointer=at) for event, claim, at in zip(events, claims, pointers, strict=True)]
    try:
        append_many(draft for draft, one in zip(drafts, found, strict=True) if one.is_new)
    except OutsideDomain as fault:
        raise _unfit(drafts, pointers) from fault
    return found


def _draft(event: ProductEvent, *, teller: Actor, moment: datetime, pointer: str) -> tuple[Prepared, Claim]:
    _require_own(event, pointer=pointer)
    action, digest = _action(event, pointer=pointer), composing.digest_of(event, pointer=pointer)
    draft = composing.entry_of(event, action=action, teller=teller, moment=moment, pointer=pointer)
    return draft, Claim(draft.id, digest)


def _unfit(drafts: Sequence[Prepared], pointers: Sequence[str]) -> Invalid:
    """The refusal of the first entry that has no canonical form; looked for only once it is known that there is one."""
    why = [(pointer, composing.fault_of(draft)) for draft, pointer in zip(drafts, pointers, strict=True)]
    pointer, words = next(((pointer, words) for pointer, words in why if words), ("", "an event is too large"))
    return reading.refused(f"{pointer}/details", f"The event cannot be kept: {words}.")


def _become(event: ProductEvent, claim: Claim, *, held: dict[str, Claim], pointer: str) -> Taken:
    """Raises EventChanged when the id was taken for something else."""
    holder = held.get(event.id)
    if holder is None:
        return Taken(key="", entry_id=claim.entry_id, is_new=True)
    if holder.digest != claim.digest:
        entry = ids.show(ID_PREFIX, holder.entry_id)
        detail = f"The event {event.id} was taken before and said something else. Give another event another id; nothing was taken."
        raise EventChanged(detail, entry=entry, errors=[{"pointer": f"{pointer}/id", "code": "changed", "detail": detail}])
    return Taken(key=event.id, entry_id=holder.entry_id, is_new=holder.entry_id == claim.entry_id)


def _require_own(event: ProductEvent, *, pointer: str) -> None:
    here = tenancy.current()
    if event.tenant and event.tenant not in {here.slug, str(here.id)}:
        detail = f"The event is meant for {event.tenant}, and this is the trail of {here.slug}. Nothing was taken."
        raise WrongTrail(detail, errors=[{"pointer": f"{pointer}/tenant", "code": "tenant", "detail": detail}])


def _action(event: ProductEvent, *, pointer: str) -> Action:
    found: Action | None = import_string(settings.PRODUCT_ACTIONS)(event.action, version=event.version)
    if found is None or found["is_retired"]:
        what = event.action if event.version is None else f"version {event.version} of {event.action}"
        ending = "has ended" if found else "is not registered"
        detail = f"{what} {ending}. The vendor registers actions at /v1/product-actions; nothing was taken."
        raise ActionUnknown(detail, errors=[{"pointer": f"{pointer}/action", "code": "unknown", "detail": detail}])
    return found
