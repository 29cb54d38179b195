"""What can happen to break-glass accounts."""

from dataclasses import dataclass

from kernel.events import CRITICAL, HIGH, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassMarked(Event):
    """An account was kept for emergencies: from now on it enters only while it is armed."""

    name = "identity.break_glass.marked"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassUnmarked(Event):
    """An account is no longer kept for emergencies; its sessions ended."""

    name = "identity.break_glass.unmarked"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassArmed(Event):
    """A break-glass account may be used until a moment, for a reason."""

    name = "identity.break_glass.armed"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"
    personal = frozenset({"reason"})

    until: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassDisarmed(Event):
    """A break-glass account may not be used any more; its sessions ended."""

    name = "identity.break_glass.disarmed"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlassUsed(Event):
    """Somebody entered by a break-glass account."""

    name = "identity.break_glass.used"
    public = True
    category = "security"
    severity = CRITICAL
    subject_kind = "person"

    session: str
