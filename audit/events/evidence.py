"""What can happen to evidence."""

from dataclasses import dataclass
from typing import Any

from kernel.events import HIGH, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAsked(Event):
    """Somebody asked for an evidence bundle; `selection` says which entries it is to hold, and whether what is personal is to be readable."""

    name = "audit.evidence.asked"
    category = "data"
    severity = MEDIUM
    subject_kind = "export"
    personal = frozenset({"selection"})

    selection: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTaken(Event):
    """An evidence bundle was made: entries `first_seq` to `last_seq`, `entries` of them; `sha256` is that of the file."""

    name = "audit.evidence.taken"
    category = "data"
    severity = HIGH
    subject_kind = "export"

    first_seq: int
    last_seq: int
    entries: int
    size_bytes: int
    sha256: str
    readable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFetched(Event):
    """Somebody fetched an evidence bundle."""

    name = "audit.evidence.fetched"
    category = "data"
    severity = HIGH
    subject_kind = "export"

    size_bytes: int
    sha256: str
