"""What can happen when somebody of the operator acts as a person of a tenant. Such entries stand in both trails."""

from dataclasses import dataclass

from kernel.events import HIGH, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportAllowed(Event):
    """Somebody of the operator was given a link, good for two minutes, to act as a person for a while and for a reason."""

    name = "identity.support.allowed"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"
    personal = frozenset({"reason"})

    minutes: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportEntered(Event):
    """Somebody of the operator acts as a person now; `session` is the session that they do it in."""

    name = "identity.support.entered"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "person"

    session: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportLeft(Event):
    """Sessions in which somebody of the operator acted as a person ended before their time."""

    name = "identity.support.left"
    public = True
    category = "security"
    severity = MEDIUM
    subject_kind = "person"

    sessions_ended: int
