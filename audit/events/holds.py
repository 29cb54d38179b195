"""What can happen to legal holds."""

from dataclasses import dataclass

from kernel.events import HIGH, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Entries were put under a legal hold: those by `actor`, about `about`, of `action`, received from `since` until `until`; empty means any."""

    name = "audit.hold.placed"
    category = "data"
    severity = MEDIUM
    subject_kind = "hold"

    matter: str
    reason: str
    actor: str
    about: str
    action: str
    since: str
    until: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLiftAsked(Event):
    """Somebody asked for the end of a legal hold; somebody else has to confirm it."""

    name = "audit.hold.lift_asked"
    category = "data"
    severity = MEDIUM
    subject_kind = "hold"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLiftRefused(Event):
    """The end of a legal hold was refused, or whoever asked took it back; the hold stands."""

    name = "audit.hold.lift_refused"
    category = "data"
    subject_kind = "hold"

    asked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLifted(Event):
    """A legal hold ended: `asked_by` asked, and another person confirmed. `copies` of entries were removed that no other hold names."""

    name = "audit.hold.lifted"
    category = "data"
    severity = HIGH
    subject_kind = "hold"

    asked_by: str
    reason: str
    copies: int
