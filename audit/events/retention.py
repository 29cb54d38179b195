"""What can happen to the periods of the trail, and to what is older."""

from dataclasses import dataclass
from typing import Any

from kernel.events import HIGH, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged(Event):
    """The period of a category was changed: days that bodies and seals are kept, 0 for good, and the basis in words."""

    name = "audit.policy.changed"
    category = "configuration"
    severity = HIGH
    subject_kind = "category"

    old_body_days: int
    new_body_days: int
    old_seal_days: int
    new_seal_days: int
    old_basis: str
    new_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetApplied(Event):
    """All categories were given the period that a rule asks for; `before` holds their periods until then, by category."""

    name = "audit.policy.preset_applied"
    category = "configuration"
    severity = HIGH
    subject_kind = "preset"

    body_days: int
    seal_days: int
    basis: str
    before: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodiesPruned(Event):
    """The texts of a month's entries were removed because their time was over; their seals stay.

    `number` entries with places between `first_seq` and `last_seq` were in the month, of which `held` were copied because a legal hold names them.
    `policies` are those of each category as they were then, with the number of entries that they were applied to.
    """

    name = "audit.bodies.pruned"
    category = "data"
    severity = MEDIUM
    subject_kind = "month"

    first_seq: int
    last_seq: int
    number: int
    held: int
    policies: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealsPruned(Event):
    """The seals up to `last_seq` were removed because their time was over: the log begins behind the `checkpoint` of that size now.

    `root` and `chain` stood for the log there (64 hex digits each).
    """

    name = "audit.seals.pruned"
    category = "data"
    severity = MEDIUM
    subject_kind = "trail"

    first_seq: int
    last_seq: int
    number: int
    checkpoint: str
    root: str
    chain: str
    policies: dict[str, Any]
