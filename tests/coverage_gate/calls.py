"""A call that is allowed and well-formed, and what it must leave behind: an entry that says what was done, not that it was refused."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.actions import SUCCESS
from audit.events import RequestFailed, RequestRefused, WorkGivenUp
from audit.models import Entry
from kernel import events, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import outbox
from tests.isolation.belongings import Belongings

PLACE = re.compile(r"<(\w+)>")
NOT_DONE = frozenset({RequestRefused.name, RequestFailed.name, WorkGivenUp.name})
"""What the trail says of whatever was not done."""
Told = tuple[UUID, str, str]
"""An entry's id, its action and its outcome."""
Values = dict[str, str]
Ground = Callable[[Belongings, Values], Values]


@dataclass(frozen=True, slots=True)
class Call:
    """What a door is called with. `<name>` in any text stands for what the tenant has of this name.

    `body` is JSON, fields or arguments, as the door takes them; None means what the API's description gives as an example. `after` are doors of
    the same kind that are called before, each with its own call; `ground` makes what no door makes, and gives names to it. `is_by_person` is for
    doors for programs that only a signed-in person may use, by their session: a key is refused there.
    """

    body: Any = None
    query: str = ""
    after: tuple[str, ...] = ()
    ground: Ground | None = None
    is_by_person: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: `told` are the actions of what it left in the trails, `answer` is what it said when it failed."""

    door: str
    has_succeeded: bool
    told: list[str]
    answer: str

    @property
    def is_proven(self) -> bool:
        """Whether it succeeded, and the trail says what was done."""
        return self.has_succeeded and bool(self.told)

    def __str__(self) -> str:
        return f"{self.door}: {self.answer or 'succeeded'}, {', '.join(self.told) or 'and nothing is told of it'}"


class Visit:
    """Calls that build on one another: what they are called with, and what was made for them."""

    def __init__(self, calls: Mapping[str, Call], *, whose: Belongings) -> None:
        self.calls = calls
        self.whose = whose
        self.values = dict(whose.parameters)
        self._made: set[Ground] = set()

    def prepare(self, door: str) -> Call:
        """The call for a door, with all put in; what it needs is made before, once."""
        call = self.calls.get(door, Call())
        if call.ground is not None and call.ground not in self._made:
            self._made.add(call.ground)
            self.values |= call.ground(self.whose, self.values)
        return Call(body=_filled(call.body, values=self.values), query=call.query, is_by_person=call.is_by_person)

    def before(self, door: str) -> Iterator[str]:
        """The doors that are called first, each after those that it needs itself."""
        for other in self.calls.get(door, Call()).after:
            yield from self.before(other)
            yield other


def entries(*refs: TenantRef, platform: TenantRef) -> frozenset[Told]:
    """What stands in the trails of some tenants and of the platform, after the registry's outbox was emptied."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        outbox.relay()
    found: set[Told] = set()
    for ref in {*refs, platform}:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            found |= set(Entry.objects.values_list("id", "action", "outcome"))
    return frozenset(found)


def done(before: frozenset[Told], after: frozenset[Told]) -> list[str]:
    """The actions that came in between and succeeded, without mere looks."""
    new = ((action, outcome) for _, action, outcome in after - before)
    return sorted(action for action, outcome in new if outcome == SUCCESS and action not in NOT_DONE and not _is_look(action))


def unproven(outcomes: Iterable[Outcome], *, exceptions: Collection[str]) -> list[str]:
    """What is not as the tables say: doors that neither succeeded nor are an exception, and exceptions that succeeded."""
    return [str(outcome) for outcome in outcomes if outcome.is_proven is (outcome.door in exceptions)]


def _is_look(action: str) -> bool:
    return action in events.CATALOGUE and events.CATALOGUE[action].reads


def _filled(body: Any, *, values: Values) -> Any:
    """The same with everything put in that stands in angle brackets. Raises KeyError for a name that nothing has."""
    if isinstance(body, str):
        return PLACE.sub(lambda found: values[found[1]], body)
    if isinstance(body, dict):
        return {name: _filled(inner, values=values) for name, inner in body.items()}
    if isinstance(body, (list, tuple)):
        return [_filled(inner, values=values) for inner in body]
    return body
