"""What can happen to saved views."""

from dataclasses import dataclass
from typing import Any

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSaved(Event):
    """Filters of the list of entries were saved under a name; `audience` is `own` or `shared`."""

    name = "audit.view.saved"
    category = "configuration"
    subject_kind = "view"
    personal = frozenset({"filters"})

    audience: str
    filters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewChanged(Event):
    """A saved view got another name, other filters or another audience."""

    name = "audit.view.changed"
    category = "configuration"
    subject_kind = "view"
    personal = frozenset({"old_filters", "new_filters"})

    old_label: str
    new_label: str
    old_audience: str
    new_audience: str
    old_filters: dict[str, Any]
    new_filters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRemoved(Event):
    """A saved view was removed."""

    name = "audit.view.removed"
    category = "configuration"
    subject_kind = "view"

    audience: str
