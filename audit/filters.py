"""Which entries are meant: the one set of filters of lists, saved views, exports and streams.

The same filters choose rows in the database (`apply`) and opened documents in a consumer (`matches`); all that are given must hold.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import words
from audit.models import FREEHOLD, PRODUCT, Entry
from kernel import clock
from kernel.events import CATALOGUE, CATEGORIES, Event
from kernel.problems import Invalid

OUTCOMES = ("success", "failure", "denied")
SOURCES = (FREEHOLD, PRODUCT)
TEXT_MAXIMUM = {"q": 200, "action": 64, "actor": 80, "subject": 80, "address": 45}
CHOICES = {"category": CATEGORIES, "outcome": OUTCOMES, "source": SOURCES}
EXACT = {
    "category": "category",
    "outcome": "outcome",
    "source": "source",
    "actor": "actor_id",
    "subject": "subject",
    "address": "address",
}
ACTION = re.compile(r"[a-z0-9_.]+\*?\Z|\*\Z")
SLACK_S = 60
"""Seconds; how far the moment in an entry's id may lie from `received_at`: both are taken while it is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an entry must be; an empty filter lets everything through.

    `q` are words, beginnings of words, ids and addresses, which must all occur. `action` is one, or a beginning with `*`. `severity` is the least,
    1 to 5. `actor` and `subject` are ids. `since` counts itself in, `until` does not; both are about `received_at`.
    """

    q: str = ""
    action: str = ""
    category: str = ""
    outcome: str = ""
    severity: int = 0
    actor: str = ""
    subject: str = ""
    address: str = ""
    source: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Filters":
        """Read filters from JSON or from query parameters; empty values are left out.

        Raises Invalid, whose `errors` name each fault: an unknown filter, a wrong value, a moment without its zone, a span that ends before it begins.
        """
        faults: list[dict[str, str]] = []
        values: dict[str, Any] = {}
        for name, value in given.items():
            if value in ("", None):
                continue
            try:
                values[name] = _reader(name)(value)
            except ValueError as fault:
                faults.append({"pointer": f"/{name}"[:100], "code": "invalid", "detail": str(fault)})
        if not faults and "since" in values and "until" in values and values["since"] >= values["until"]:
            faults.append({"pointer": "/until", "code": "invalid", "detail": "Let it lie after `since`."})
        if faults:
            raise Invalid("Correct the filters that `errors` names.", errors=faults)
        return cls(**values)

    @property
    def given(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}

    def as_dict(self) -> dict[str, Any]:
        """The filters that are set as JSON can hold them; `parse` reads it back."""
        return {name: clock.rfc3339(value) if isinstance(value, datetime) else value for name, value in self.given.items()}

    def apply(self, found: QuerySet[Entry]) -> QuerySet[Entry]:
        """The entries among `found` that are meant."""
        exact = {EXACT[name]: value for name, value in self.given.items() if name in EXACT and name != "category"}
        chosen = found.filter(**exact)
        if self.category:
            chosen = chosen.filter(Q(category=self.category) | self._of_category_before())
        if self.action.endswith("*"):
            chosen = chosen.filter(action__startswith=self.action[:-1])
        elif self.action:
            chosen = chosen.filter(action=self.action)
        if self.severity > 1:
            chosen = chosen.filter(Q(severity__gte=self.severity) | _before(lambda event: event.severity >= self.severity))
        if wanted := words.wanted(self.q):
            chosen = chosen.filter(words.Known(wanted))
        return self.within(chosen)

    def within(self, found: QuerySet[Entry]) -> QuerySet[Entry]:
        """The entries among `found` of the span that is meant, by moment and by id: entries are cut into months by the moment in their id."""
        span = Q()
        if self.since is not None:
            span &= Q(received_at__gte=self.since, id__gte=lowest_id(self.since, shift_s=-SLACK_S))
        if self.until is not None:
            span &= Q(received_at__lt=self.until, id__lt=lowest_id(self.until, shift_s=SLACK_S))
        return found.filter(span)

    def narrowed(self, found: QuerySet[Entry]) -> QuerySet[Entry]:
        """The same rows, told to the index of words as well, for filters that have no index of their own."""
        told = [words.marked("source", self.source)] if self.source else []
        told += [words.whole(self.address)] if self.address else []
        told += [words.parts(self.action.rpartition(".")[0])] if "." in self.action and self.action.endswith("*") else []
        chosen = self.apply(found)
        if self.category:
            chosen = chosen.filter(Q(words.Known(words.marked("category", self.category))) | self._of_category_before())
        return chosen.filter(words.Known(" & ".join(told))) if told else chosen

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Whether an opened document is meant: what `audit.personal.opened` gives."""
        shown = {
            "category": document["category"], "outcome": document["outcome"], "source": document["source"], "actor": document["actor"]["id"],
            "subject": document["subject"]["id"], "address": document["context"]["address"],
        }  # fmt: skip
        return (
            all(shown[name] == value for name, value in self.given.items() if name in EXACT)
            and _is_action(document["action"], self.action)
            and document["severity"] >= self.severity
            and self._is_within(document["received_at"])
            and self._is_known(document)
        )

    def _of_category_before(self) -> Q:
        return _before(lambda event: event.category == self.category)

    def _is_within(self, received_at: str) -> bool:
        since, until = clock.rfc3339_or_none(self.since), clock.rfc3339_or_none(self.until)
        return (since is None or received_at >= since) and (until is None or received_at < until)

    def _is_known(self, document: Mapping[str, Any]) -> bool:
        actor, subject, where = document["actor"], document["subject"], document["context"]
        category = "" if document["v"] == 1 else document["category"]
        marks = (f"category:{category}", f"source:{document['source']}")
        return words.is_known(
            self.q,
            labels=(actor["label"], subject["label"], document["action"]),
            wholes=(actor["id"], subject["id"], where["address"], where["request_id"], *marks),
        )


EVERYTHING = Filters()


def lowest_id(moment: datetime, *, shift_s: int = 0) -> UUID:
    """The lowest id that can be given at a moment, or some seconds from it: a UUIDv7 begins with 48 bits of milliseconds (RFC 9562 section 5.7)."""
    milliseconds = max(0, min(int((moment.timestamp() + shift_s) * 1000), 2**48 - 1))
    return UUID(int=milliseconds << 80)


def _before(is_meant: Callable[[type[Event]], bool]) -> Q:
    """Entries that are older than categories and severities, whose columns nobody may fill: what their action is today says what they are."""
    return Q(category="", action__in=sorted(name for name, event in CATALOGUE.items() if is_meant(event)))


def _is_action(action: str, wanted: str) -> bool:
    return action.startswith(wanted[:-1]) if wanted.endswith("*") else not wanted or action == wanted


def _reader(name: str) -> Callable[[Any], Any]:
    if name in CHOICES:
        return lambda value: _choice(value, CHOICES[name])
    readers: dict[str, Callable[[Any], Any]] = {"severity": _severity, "since": _moment, "until": _moment, "action": _action}
    if name in readers:
        return readers[name]
    if name in TEXT_MAXIMUM:
        return lambda value: _text(value, TEXT_MAXIMUM[name])
    raise ValueError("There is no such filter.")


def _choice(value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"Take one of: {', '.join(choices)}.")
    return str(value)


def _severity(value: Any) -> int:
    if str(value) not in {"1", "2", "3", "4", "5"}:
        raise ValueError("Give a whole number from 1 (informational) to 5 (critical).")
    return int(value)


def _action(value: Any) -> str:
    text = _text(value, TEXT_MAXIMUM["action"])
    if not ACTION.match(text):
        raise ValueError("Give an action such as `identity.person.invited`, or a beginning with `*`, such as `identity.*`.")
    return text


def _text(value: Any, maximum: int) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("Give text.")
    if len(value) > maximum:
        raise ValueError(f"Keep it within {maximum} characters.")
    return value.strip()


def _moment(value: Any) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError("Give a moment with its zone, e.g. 2027-03-01T00:00:00Z.")
