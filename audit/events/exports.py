"""What can happen to exports of the trail."""

from dataclasses import dataclass
from typing import Any

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStarted(Event):
    """Somebody asked for entries as a file. `until_seq` is the last entry that can be in it."""

    name = "audit.export.started"
    category = "data"
    severity = MEDIUM
    subject_kind = "export"
    personal = frozenset({"filters"})

    format: str
    filters: dict[str, Any]
    until_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFinished(Event):
    """The file of an export is complete; `sha256` is the hash of what is fetched."""

    name = "audit.export.finished"
    category = "data"
    subject_kind = "export"

    format: str
    row_count: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFetched(Event):
    """Somebody fetched the file of an export."""

    name = "audit.export.fetched"
    category = "data"
    severity = MEDIUM
    subject_kind = "export"
    reads = True

    format: str
    row_count: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRemoved(Event):
    """The file of an export was removed: by somebody, because its time was over, or because its job ended without completing it."""

    name = "audit.export.removed"
    category = "data"
    severity = LOW
    subject_kind = "export"

    why: str
