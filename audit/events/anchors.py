"""What can happen to anchors. That a checkpoint was taken is told by its receipt, not by an entry: each entry asks for a new checkpoint."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorAdded(Event):
    """Checkpoints are given to somebody from now on, every `every_s` seconds."""

    name = "audit.anchor.added"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "anchor"

    kind: str
    target: str
    every_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorChanged(Event):
    """An anchor was changed; `fields` names what, `target` is whom checkpoints are given to now."""

    name = "audit.anchor.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "anchor"

    fields: list[str]
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPaused(Event):
    """No checkpoint is given to the anchor until it is resumed."""

    name = "audit.anchor.paused"
    category = "configuration"
    severity = HIGH
    subject_kind = "anchor"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorResumed(Event):
    """Checkpoints are given to the anchor again."""

    name = "audit.anchor.resumed"
    category = "configuration"
    severity = LOW
    subject_kind = "anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRemoved(Event):
    """No checkpoint is given to the anchor any more. What it took stays with it, and its receipts stay here."""

    name = "audit.anchor.removed"
    category = "configuration"
    severity = HIGH
    subject_kind = "anchor"

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorTested(Event):
    """The newest checkpoint was given to the anchor at once, to see whether it takes it; the outcome tells. `answer` is the fault in short."""

    name = "audit.anchor.tested"
    category = "configuration"
    subject_kind = "anchor"

    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorFailed(Event):
    """An anchor did not take a checkpoint for the third time in a row; it is tried again, ever less often. The outcome is `failure`."""

    name = "audit.anchor.failed"
    category = "security"
    severity = HIGH
    subject_kind = "anchor"

    target: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDelivered(Event):
    """An anchor that had failed takes checkpoints again, after so many attempts."""

    name = "audit.anchor.delivered"
    category = "security"
    subject_kind = "anchor"

    target: str
    attempts: int
