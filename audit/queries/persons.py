"""Whom the trail tells of, and what would become unreadable if they were forgotten."""

from dataclasses import dataclass

from django.db.models import Q

from audit.models import Entry, LegalHold, PersonKey
from audit.problems import PersonUnknown


@dataclass(frozen=True, slots=True)
class PersonInTrail:
    """What the trail has of one person: entries of what they did, entries about them, and whether they are forgotten already.

    `entries` is how many these are together; an entry may be both.
    """

    ref: str
    as_actor: int
    as_subject: int
    entries: int
    is_forgotten: bool


def person_in_trail(ref: str) -> PersonInTrail:
    """What the trail has of a person. Raises PersonUnknown."""
    key = PersonKey.objects.filter(ref=ref).first()
    acted, meant = Q(actor_id=ref), Q(subject=ref)
    found = Entry.objects.filter(acted).count(), Entry.objects.filter(meant).count(), Entry.objects.filter(acted & meant).count()
    if key is None and found == (0, 0, 0):
        raise PersonUnknown("Check the id: nothing in this tenant's trail is by or about it.")
    return PersonInTrail(ref, found[0], found[1], found[0] + found[1] - found[2], key is not None and not key.sealed)


def holds_about(ref: str) -> list[LegalHold]:
    """The legal holds in force that name a person, or that name nobody and so hold everybody."""
    named = Q(actor_id=ref) | Q(subject=ref) | Q(actor_id="", subject="")
    return list(LegalHold.objects.filter(named, lifted_at=None).order_by("id"))
