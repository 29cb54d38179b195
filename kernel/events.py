"""Facts: what an event is, and the catalogue of all of them."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from kernel.actors import Actor

CATALOGUE: dict[str, type["Event"]] = {}
CATEGORIES = ("authentication", "access", "people", "data", "configuration", "tenancy", "security", "operations", "product")
"""What an event is about: retention, streams and alerts choose by it."""
INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = range(1, 6)
"""How much an event asks for a look, as `severity_id` of OCSF counts it."""
PERSON = "person"
BESIDE = frozenset({"subject", "subject_label"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, said once.

    A subclass sets `name` (`app.noun.past`), `public` (offered to webhook subscribers) and its own fields, whose values stay in the closed
    domain of `audit.canonical`: text, whole numbers, booleans, lists and maps of these. `subject` is the shown id of what it happened to, and
    `subject_kind` says what that is: `person`, `key`, `role`, `tenant` …; the label of a person is personal.

    `category` is one of CATEGORIES, `severity` 1 (informational) to 5 (critical). `personal` names the fields whose values are about a person: the
    trail seals them. `reads` marks that something sensitive was looked at and nothing was changed.
    """

    name: ClassVar[str] = ""
    public: ClassVar[bool] = False
    version: ClassVar[int] = 1
    category: ClassVar[str] = ""
    severity: ClassVar[int] = INFORMATIONAL
    subject_kind: ClassVar[str] = ""
    personal: ClassVar[frozenset[str]] = frozenset()
    reads: ClassVar[bool] = False

    subject: str
    subject_label: str = ""

    def __init_subclass__(cls) -> None:
        # No super(): `slots=True` builds the class a second time, and the zero-argument form would look at the first.
        if cls.name:
            CATALOGUE[cls.name] = cls

    def details(self) -> dict[str, Any]:
        """The event's own fields, without the subject that stands beside them in the trail."""
        kind: Any = type(self)
        return {name: getattr(self, name) for name in _own_fields(kind)}

    def changes(self) -> dict[str, list[Any]]:
        """What became of what, by field: `{"label": [old, new]}`, of each pair of fields `old_…` and `new_…` that differ."""
        kind: Any = type(self)
        pairs = {stem: [getattr(self, f"old_{stem}"), getattr(self, f"new_{stem}")] for stem in _paired_fields(kind)}
        return {stem: pair for stem, pair in pairs.items() if pair[0] != pair[1]}


@cache
def _own_fields(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in BESIDE)


@cache
def _paired_fields(kind: Any) -> tuple[str, ...]:
    stems = [name.removeprefix("old_") for name in _own_fields(kind) if name.startswith("old_")]
    return tuple(stem for stem in stems if f"new_{stem}" in _own_fields(kind))


def record(event: Event, *, actor: Actor) -> None:
    """Put an event on the trail, for the one app that stands below it (`operations`); all others call `audit.record` themselves."""
    import_string(settings.EVENT_RECORDER)(event, actor=actor)


def record_read(event: Event, *, actor: Actor) -> None:
    """The same for a look at something sensitive; others call `audit.record_read`."""
    import_string(settings.READ_RECORDER)(event, actor=actor)
