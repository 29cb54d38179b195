"""What can happen to changes to many people. Each person that a run changed has an event of their own besides."""

from dataclasses import dataclass

from kernel.events import MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkStarted(Event):
    """Somebody began to change many people at once; `undoes` is the run that this one takes back, if it does."""

    name = "identity.bulk.started"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "bulk_run"

    kind: str
    rows: int
    is_rehearsal: bool
    undoes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkFinished(Event):
    """A change to many people came to its end; the numbers count its rows by outcome. A rehearsal changed nobody."""

    name = "identity.bulk.finished"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "bulk_run"

    kind: str
    is_rehearsal: bool
    done: int
    unchanged: int
    refused: int
    skipped: int
