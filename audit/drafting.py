"""Drafting: from an event and its caller to the document of an entry, with what is personal kept apart until it is sealed.

Version 2 of the document (ADR 25). Personal are the label, address and program of a person who acts, the label of a person who is the subject,
and the fields that an event declares as personal; they are kept by the `ref` of whom they are about. What is about somebody whose id nobody
knows, such as the address of an anonymous caller or of a program with a key, is kept under the ref of the day. A text that looks like an
e-mail address, a telephone number or an account number although its field is not declared is treated as personal, and counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from audit import likeness
from audit.models import FREEHOLD, ID_PREFIX
from kernel import clock, context, ids
from kernel.actors import Actor, ActorKind
from kernel.context import RequestContext
from kernel.events import PERSON, Event

LABEL_MAX, REASON_MAX, VERSION = 200, 500, 2
ALL = frozenset({"*"})

log = structlog.get_logger(__name__)

Parts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry that is made but not yet on a trail: for changes in the home database, which keeps it sealed until the platform has it.

    `personal` holds by ref what is personal; it is sealed under the keys of the trail that the entry is appended to.
    """

    id: UUID
    received_at: datetime
    document: dict[str, Any]
    personal: dict[str, Parts] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """An entry being made. `put` and `put_text` keep what is personal apart from what is not."""

    document: dict[str, Any]
    personal: dict[str, Parts]
    about: str
    unasked: list[str]

    def put(self, part: str, values: Mapping[str, Any], *, declared: frozenset[str]) -> None:
        """Add named values to a part; those that are declared personal, or look it, go to whom the entry is about."""
        plain = self.document.setdefault(part, {})
        for name, value in values.items():
            if value and not declared.isdisjoint({name, "*"}):
                self._keep(part, name, value)
            elif likeness.is_personal(value):
                self._keep(part, name, value)
                self.unasked.append(name)
            else:
                plain[name] = value

    def put_text(self, name: str, text: str) -> None:
        """Add one text to the document itself, unless it looks personal."""
        if likeness.is_personal(text):
            self.personal.setdefault(self.about, {})[name] = text
            text = ""
        self.document[name] = text

    def _keep(self, part: str, name: str, value: Any) -> None:
        self.personal.setdefault(self.about, {}).setdefault(part, {})[name] = value


def drafted(event: Event, *, actor: Actor, outcome: str, reason: str = "") -> Prepared:
    """The entry of an event that happens now. `reason` is why it was done or not done; without one it is the event's own."""
    identifier, now = ids.new_id(), clock.now()
    moment, own = clock.rfc3339(now), event.details()
    draft = begun(event.subject, kind=_kind_of(event, actor=actor), label=event.subject_label, actor=actor, moment=now)
    draft.document |= {
        "v": VERSION, "av": event.version, "id": ids.show(ID_PREFIX, identifier), "source": FREEHOLD,
        "action": event.name, "category": event.category, "severity": event.severity, "outcome": outcome,
        "occurred_at": moment, "received_at": moment,
    }  # fmt: skip
    declared = event.personal
    draft.put("details", own, declared=declared)
    draft.put("changes", event.changes(), declared=_changed(declared))
    given = own.get("reason", "")
    draft.put_text("reason", (reason or (given if isinstance(given, str) and "reason" not in declared else ""))[:REASON_MAX])
    return finished(draft, identifier=identifier, moment=now)


def begun(subject: str, *, kind: str, label: str, actor: Actor, moment: datetime) -> Draft:
    """A draft that knows who acted on what, and in which unit of work."""
    unit, day = context.current(), day_ref(moment)
    is_person = kind == PERSON
    draft = Draft({}, {}, about=subject if is_person and subject else day, unasked=[])
    draft.document["actor"] = {
        "kind": str(actor.kind), "ref": actor.id, "auth_method": actor.auth_method, "on_behalf_of": actor.on_behalf_of, "session": actor.session,
    }  # fmt: skip
    draft.document["subject"] = {"id": subject, "kind": kind}
    draft.document["context"] = {
        "request_id": unit.request_id, "route": unit.route, "app_version": settings.APP_VERSION, "task_id": unit.task_id, "trace_id": unit.trace_id,
    }  # fmt: skip
    draft.put("subject", {"label": label[:LABEL_MAX]}, declared=ALL if is_person else frozenset())
    _put_caller(draft, actor=actor, unit=unit, day=day)
    return draft


def finished(draft: Draft, *, identifier: UUID, moment: datetime) -> Prepared:
    """The draft as an entry; what had to be sealed although nobody declared it is named in its details, and in the log."""
    if draft.unasked:
        names = sorted(set(draft.unasked))
        draft.document["details"]["sealed_fields"] = names
        log.warning("audit.undeclared_personal", action=draft.document["action"], fields=names)
    return Prepared(id=identifier, received_at=moment, document=draft.document, personal=draft.personal)


def day_ref(moment: datetime) -> str:
    """The ref of callers whose id nobody knows, one for each day in UTC."""
    return f"day_{moment:%Y-%m-%d}"


def _put_caller(draft: Draft, *, actor: Actor, unit: RequestContext, day: str) -> None:
    label = actor.label[:LABEL_MAX]
    where = {"address": unit.address, "user_agent": unit.user_agent}
    if actor.kind is ActorKind.PERSON:
        draft.personal.setdefault(actor.id, {})["actor"] = {"label": label, **where}
        return
    sealed = where if any(where.values()) else {}
    if likeness.is_personal(label):
        sealed["label"], label = label, ""
        draft.unasked.append("actor.label")
    draft.document["actor"]["label"] = label
    if sealed:
        draft.personal.setdefault(day, {})["actor"] = sealed


def _kind_of(event: Event, *, actor: Actor) -> str:
    """Of events about whoever called, the kind is the caller's."""
    return str(actor.kind) if event.subject_kind == "caller" else event.subject_kind


def _changed(declared: frozenset[str]) -> frozenset[str]:
    return frozenset(name.removeprefix("old_") for name in declared if name.startswith("old_"))
