"""What can happen to alerts, to the rules that raise them, and to the channels that tell of them."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOpened(Event):
    """A rule found something that people should look at; the entry's severity is the rule's. `seqs` are the places of what it found."""

    name = "audit.alert.opened"
    public = True
    category = "security"
    subject_kind = "alert"

    rule: str
    first_seq: int
    seqs: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(Event):
    """Somebody looks after an alert."""

    name = "audit.alert.acknowledged"
    public = True
    category = "security"
    subject_kind = "alert"

    rule: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(Event):
    """Somebody closed an alert; when it happens again a new one is opened. `number` is how often it had happened."""

    name = "audit.alert.closed"
    public = True
    category = "security"
    subject_kind = "alert"

    rule: str
    number: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCreated(Event):
    """A rule of the tenant's own watches from now on; `text_sha256` is the digest of its text, 64 hex digits."""

    name = "audit.rule.created"
    category = "configuration"
    severity = LOW
    subject_kind = "rule"

    level: int
    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(Event):
    """A rule of the tenant's own has another text."""

    name = "audit.rule.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "rule"

    old_text_sha256: str
    new_text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDeleted(Event):
    """A rule of the tenant's own is gone; its alerts stay."""

    name = "audit.rule.deleted"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "rule"

    text_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDisabled(Event):
    """A rule watches no more; `reason` says why when the product itself disabled it because it broke."""

    name = "audit.rule.disabled"
    category = "configuration"
    severity = HIGH
    subject_kind = "rule"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEnabled(Event):
    """A disabled rule watches again, from this moment on."""

    name = "audit.rule.enabled"
    category = "configuration"
    severity = LOW
    subject_kind = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMuted(Event):
    """Nobody is told of a rule's alerts until a moment; they are opened all the same."""

    name = "audit.rule.muted"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "rule"

    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUnmuted(Event):
    """People are told of a muted rule's alerts again."""

    name = "audit.rule.unmuted"
    category = "configuration"
    severity = LOW
    subject_kind = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(Event):
    """People are told of alerts by one more way; `target` is its address as far as it may be shown."""

    name = "audit.channel.created"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "channel"
    personal = frozenset({"target"})

    kind: str
    target: str
    from_severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChanged(Event):
    """A channel has another name, address or limit; `target_changed` when alerts go to another address now."""

    name = "audit.channel.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "channel"
    personal = frozenset({"old_target", "new_target"})

    old_target: str
    new_target: str
    old_from_severity: int
    new_from_severity: int
    old_most_per_hour: int
    new_most_per_hour: int
    target_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPaused(Event):
    """Nobody is told by a channel; alerts opened meanwhile are not told later."""

    name = "audit.channel.paused"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelResumed(Event):
    """People are told by a paused channel again."""

    name = "audit.channel.resumed"
    category = "configuration"
    severity = LOW
    subject_kind = "channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDeleted(Event):
    """A channel is gone, with what it still had to tell."""

    name = "audit.channel.deleted"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "channel"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTested(Event):
    """A message for trial was asked for."""

    name = "audit.channel.tested"
    category = "configuration"
    subject_kind = "channel"

    kind: str
