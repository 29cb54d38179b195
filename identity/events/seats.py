"""What can happen to seats."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRulesChanged(Event):
    """The tenant has another number of seats, another rule for one person too many, or both; a number of -1 means as many as people."""

    name = "identity.seats.changed"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "seats"

    old_maximum: int
    new_maximum: int
    old_rule: str
    new_rule: str
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatGiven(Event):
    """A person who waited for a seat has one, and may enter."""

    name = "identity.seat.given"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsExceeded(Event):
    """A person took a seat although none was free, as the tenant's rule allows; `taken` counts them too."""

    name = "identity.seats.exceeded"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"

    maximum: int
    taken: int
