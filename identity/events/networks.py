"""What can happen to network rules."""

from dataclasses import dataclass

from kernel.events import HIGH, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAdded(Event):
    """A network was allowed: for the whole tenant, or for those who have `role` where it names one. The first of a list shuts all others out."""

    name = "identity.network.added"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "network"

    cidr: str
    role: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRemoved(Event):
    """A network is no longer allowed; with the last one of a list the list asks nothing any more, and every network is allowed by it."""

    name = "identity.network.removed"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "network"

    cidr: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworksCleared(Event):
    """All network rules of the tenant were removed, so that people may come from anywhere; the operator's way in when a rule shut everybody out."""

    name = "identity.network.cleared"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "tenant"

    reason: str
    removed: int
