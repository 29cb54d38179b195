"""What can happen to streams, which send entries to other systems. `target` is the host; no event holds a secret or a whole URL."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCreated(Event):
    """Entries are sent to another system from now on, those behind `after_seq`."""

    name = "audit.stream.created"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "stream"

    kind: str
    target: str
    format: str
    after_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged(Event):
    """A stream has another name, target, secret, format or filter; `fields` names which."""

    name = "audit.stream.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "stream"

    fields: list[str]
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPaused(Event):
    """A stream sends nothing until it is resumed; its place is kept."""

    name = "audit.stream.paused"
    category = "configuration"
    severity = HIGH
    subject_kind = "stream"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamResumed(Event):
    """A paused stream goes on where it stopped."""

    name = "audit.stream.resumed"
    category = "configuration"
    severity = LOW
    subject_kind = "stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamReplayed(Event):
    """A stream sends everything from `from_seq` on again; it had come to `old_seq`."""

    name = "audit.stream.replayed"
    category = "configuration"
    severity = LOW
    subject_kind = "stream"

    from_seq: int
    old_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamTested(Event):
    """Somebody had a test record sent; the outcome tells whether the target took it."""

    name = "audit.stream.tested"
    category = "configuration"
    severity = LOW
    subject_kind = "stream"

    target: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRemoved(Event):
    """A stream is gone; `seq` is how far it had come."""

    name = "audit.stream.removed"
    category = "configuration"
    severity = HIGH
    subject_kind = "stream"

    target: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFailing(Event):
    """A target has refused several times in a row. Nothing is lost: the stream keeps its place and goes on trying."""

    name = "audit.stream.failing"
    category = "operations"
    severity = HIGH
    subject_kind = "stream"

    target: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRecovered(Event):
    """A failing target takes entries again."""

    name = "audit.stream.recovered"
    category = "operations"
    severity = LOW
    subject_kind = "stream"

    target: str
    attempts: int
