"""What can happen to policies. Their texts stand in the trail, so that it tells what was in force at any moment."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCreated(Event):
    """A policy was written; it does not count before it is put into force."""

    name = "identity.policy.created"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "policy"

    policy: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged(Event):
    """A policy has another text or another description; `state` tells whether it is in force."""

    name = "identity.policy.changed"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "policy"

    policy: str
    state: str
    old_text: str
    new_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEnabled(Event):
    """A policy is in force from now on."""

    name = "identity.policy.enabled"
    public = True
    category = "access"
    severity = HIGH
    subject_kind = "policy"

    policy: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDisabled(Event):
    """A policy is not in force any more."""

    name = "identity.policy.disabled"
    public = True
    category = "access"
    severity = HIGH
    subject_kind = "policy"

    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDeleted(Event):
    """A policy was deleted; `text` is what it was, and `state` tells whether it was in force."""

    name = "identity.policy.deleted"
    public = True
    category = "access"
    severity = HIGH
    subject_kind = "policy"

    policy: str
    state: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyClockSet(Event):
    """The policies of the tenant read hours and days in another time zone."""

    name = "identity.policy.clock_set"
    category = "access"
    severity = MEDIUM
    subject_kind = "tenant"

    old_timezone: str
    new_timezone: str
