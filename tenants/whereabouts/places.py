"""One place where something of a tenant lies, and what was seen there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class PlaceKind(StrEnum):
    """What kind of place: its schema, a backup file, an old place, a schema that nobody knows of, what the registry holds, what passes by."""

    SCHEMA = "schema"
    BACKUP = "backup"
    LEFTOVER = "leftover"
    STRAY = "stray"
    REGISTRY = "registry"
    REGISTRY_COPY = "registry-copy"
    REDIS = "redis"
    OPERATION = "operation"


HOLDING = frozenset({PlaceKind.SCHEMA, PlaceKind.BACKUP, PlaceKind.LEFTOVER, PlaceKind.STRAY})
"""Places that hold a tenant's own rows: residency is about these. The others hold routing, ids and work under way."""


class PlaceState(StrEnum):
    """Allowed, in the wrong jurisdiction, or silent."""

    OK = "ok"
    VIOLATES = "violates residency"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `evidence` is what was seen there just now, values that JSON knows."""

    kind: PlaceKind
    where: str
    region: str = ""
    jurisdiction: str = ""
    state: PlaceState = PlaceState.OK
    evidence: dict[str, Any] = field(default_factory=dict)

    def judged(self, residency: str, *, jurisdictions: Mapping[str, str]) -> "Place":
        """The same with its jurisdiction, and whether the tenant's rows may lie there."""
        jurisdiction = jurisdictions.get(self.region, "")
        breaks = self.kind in HOLDING and residency and jurisdiction != residency and self.state is PlaceState.OK
        return replace(self, jurisdiction=jurisdiction, state=PlaceState.VIOLATES if breaks else self.state)

    def document(self) -> dict[str, Any]:
        """The place as a map."""
        return {
            "kind": self.kind.value,
            "where": self.where,
            "region": self.region,
            "jurisdiction": self.jurisdiction,
            "state": self.state.value,
            "evidence": self.evidence,
        }
