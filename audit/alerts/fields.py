"""An opened entry as a flat map of fields: the names that rules use. Pure.

What lies deeper is named with dots (`actor.id`, `details.roles`), a change as `changes.<field>.old` and `.new`. Beside what stands in the entry
there are `seq`, and `hour` (0 to 23) and `weekday` (`mon` to `sun`) of its arrival in UTC. docs/alerts.md lists all of them.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

Fields = dict[str, Any]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OWN = ("seq", "hour", "weekday")
PLAIN = (
    "id",
    "v",
    "av",
    "source",
    "action",
    "crud",
    "category",
    "severity",
    "outcome",
    "reason",
    "occurred_at",
    "received_at",
    "is_forgotten",
)
DEEP = {
    "actor": ("kind", "id", "label", "auth_method", "on_behalf_of", "session"),
    "subject": ("id", "kind", "label"),
    "context": ("request_id", "address", "user_agent", "route", "app_version", "task_id", "trace_id"),
}
OPEN = ("details", "changes")
"""Whose names the events themselves give: docs/events.md."""
HABITS = ("actor.days_away", "actor.is_admin", "place.country", "place.is_new", "travel.km", "travel.kmh")
"""What audit.alerts.habits adds, where it is known."""
CLOCK = ("anchoring.hours_behind",)
"""What rules of the service `clock` are asked about, once a minute: audit.alerts.ticking."""


def known_names() -> frozenset[str]:
    """All fixed names of fields; below `details.` and `changes.` there are more."""
    deep = (f"{part}.{name}" for part, names in DEEP.items() for name in names)
    return frozenset((*OWN, *PLAIN, *deep, *HABITS, *CLOCK))


def is_known(name: str) -> bool:
    """Whether an entry can have a field of this name."""
    return name in known_names() or name.partition(".")[0] in OPEN


def flat(document: Mapping[str, Any], *, seq: int) -> Fields:
    """The fields of an opened entry; lists stay lists and match by any of their elements."""
    fields: Fields = {"seq": seq}
    for name, value in document.items():
        if name == "changes":
            fields.update(_changed(value))
        elif isinstance(value, dict):
            fields.update(_below(name, value))
        else:
            fields[name] = value
    moment = moment_of(fields)
    fields["hour"], fields["weekday"] = moment.hour, WEEKDAYS[moment.weekday()]
    return fields


def moment_of(fields: Mapping[str, Any]) -> datetime:
    """When the trail received the entry. Windows run on this: it is our clock, not that of whoever told of the act."""
    return datetime.fromisoformat(fields["received_at"])


def _below(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _below(f"{prefix}.{name}", value)
        else:
            yield f"{prefix}.{name}", value


def _changed(changes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, pair in changes.items():
        for side, value in zip(("old", "new"), pair if isinstance(pair, list) else ["", pair], strict=False):
            yield f"changes.{name}.{side}", value
