"""What can happen to the trail itself."""

from dataclasses import dataclass
from typing import Any

from kernel.events import CRITICAL, HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(Event):
    """A request was refused for want of a permission, or because the tenant does not serve; the outcome is `denied`."""

    name = "audit.request.refused"
    category = "security"
    severity = LOW
    subject_kind = "caller"

    action: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed(Event):
    """A request that wanted to change something changed nothing, because of a fault of the caller's or of ours; the outcome is `failure`."""

    name = "audit.request.failed"
    category = "operations"
    severity = LOW
    subject_kind = "caller"

    action: str
    problem: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkGivenUp(Event):
    """A task or a command ended in a fault and will not be repeated by itself; `problem` names the fault. The outcome is `failure`."""

    name = "audit.work.given_up"
    category = "operations"
    severity = MEDIUM
    subject_kind = "work"

    problem: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRead(Event):
    """Somebody looked at one entry, and at what is personal in it."""

    name = "audit.entry.read"
    category = "data"
    subject_kind = "entry"
    reads = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesListed(Event):
    """Somebody searched the trail; `filters` are what they searched for."""

    name = "audit.entries.listed"
    category = "data"
    subject_kind = "trail"
    personal = frozenset({"filters"})
    reads = True

    filters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForgotten(Event):
    """The key of a person's data in the trail was destroyed; `entries` is how many entries nobody can read in full any more."""

    name = "audit.person.forgotten"
    category = "data"
    severity = HIGH
    subject_kind = "person"

    reason: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerified(Event):
    """The log was checked and holds: `root` and `chain` stood for its `size` entries then (64 hex digits each), `broken_at` is 0.

    `checked` entries were looked at; the rest was looked at by the check `rests_on`, empty when this one looked at everything.
    """

    name = "audit.chain.verified"
    category = "security"
    subject_kind = "trail"

    checked: int
    broken_at: int
    size: int
    epoch: int
    root: str
    chain: str
    rests_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFailed(Event):
    """The log was checked and does not hold: `broken_at` is the sequence number of the first fault, `by` the check that found it.

    `problem` says what does not hold, with what was `expected` and `found`. The outcome is `failure`.
    """

    name = "audit.verification.failed"
    category = "security"
    severity = CRITICAL
    subject_kind = "trail"

    checked: int
    broken_at: int
    by: str
    problem: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationUnsettled(Event):
    """The log was checked, nothing was found wrong, and something could not be looked at, which `problem` names. The outcome is `failure`."""

    name = "audit.verification.unsettled"
    category = "security"
    severity = HIGH
    subject_kind = "trail"

    checked: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedInTenant(Event):
    """A caller of the platform acted in a tenant: the platform's own copy of an entry in that tenant's trail."""

    name = "audit.tenant.acted_in"
    category = "access"
    severity = MEDIUM
    subject_kind = "tenant"

    tenant: str
    action: str
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackRehearsed(Event):
    """Something for `manage.py audit attack` to aim at, in the log of a tenant that is made for it and removed afterwards."""

    name = "audit.attack.rehearsed"
    category = "security"
    subject_kind = "trail"
