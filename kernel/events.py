"""Facts: what an event is, and the catalogue of all of them."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from kernel.actors import Actor

CATALOGUE: dict[str, type["Event"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, said once.

    A subclass sets `name` (`app.noun.past`), `public` (offered to webhook subscribers) and its own fields, whose values stay in the closed
    domain of `audit.canonical`: text, whole numbers, booleans, lists and maps of these. `subject` is the shown id of what it happened to.
    """

    name: ClassVar[str] = ""
    public: ClassVar[bool] = False
    version: ClassVar[int] = 1

    subject: str
    subject_label: str = ""

    def __init_subclass__(cls) -> None:
        # No super(): `slots=True` builds the class a second time, and the zero-argument form would look at the first.
        if cls.name:
            CATALOGUE[cls.name] = cls

    def details(self) -> dict[str, Any]:
        """The event's own fields, without the subject that stands beside them in the trail."""
        own = (field.name for field in fields(self))
        return {name: getattr(self, name) for name in own if name not in {"subject", "subject_label"}}


def record(event: Event, *, actor: Actor) -> None:
    """Put an event on the trail, for the one app that stands below it (`operations`); all others call `audit.record` themselves."""
    import_string(settings.EVENT_RECORDER)(event, actor=actor)
