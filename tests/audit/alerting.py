"""What the tests of alerts share: acts that are really recorded, sealed and watched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from audit import actions, queries
from audit.models import Alert
from identity import events as identity
from kernel import clock, context, tenancy
from kernel.actors import Actor, ActorKind
from kernel.events import Event
from tenants import events as tenants
from tests import makers
from tests.audit.conftest import seal

NOON = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)  # a Wednesday
STARTED = identity.SessionStarted(subject="usr_a", session="ses_1", method="password", amr=["pwd"], sessions_ended=0)
SETTINGS_CHANGED = tenants.SettingsChanged(subject="ten_1", old_settings={}, new_settings={"a": 1})
BERLIN, SYDNEY, POTSDAM = "203.0.113.10", "198.51.100.10", "203.0.113.20"
PLACES = ((BERLIN, "DE", 52.52, 13.40), (POTSDAM, "DE", 52.39, 13.06), (SYDNEY, "AU", -33.87, 151.21))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Event):
    """An act of any name, for those that a later release will know."""

    facts: dict[str, Any] = field(default_factory=dict)

    def details(self) -> dict[str, Any]:
        """What the test gave."""
        return self.facts


def act(
    name: str,
    *,
    actor: Actor | None = None,
    subject: str = "thing_1",
    label: str = "",
    category: str = "data",
    address: str = "192.0.2.7",
    outcome: str = actions.SUCCESS,
    **facts: Any,
) -> UUID:
    """Record an act of any name as if it happened now."""
    # A subclass of its own without a name in its body: one with a name would stand in the product's catalogue.
    kind: Any = type("Named", (Act,), {"__slots__": ()})
    kind.name, kind.category = name, category
    with context.bound(replace(context.current(), address=address)):
        event = kind(subject=subject, subject_label=label, facts=facts)
        return actions.record(event, actor=actor or makers.person_actor(), outcome=outcome)


def tell(event: Event, *, actor: Actor | None = None, address: str = "192.0.2.7", outcome: str = actions.SUCCESS) -> UUID:
    """Record one of the product's own events as if it happened now."""
    with context.bound(replace(context.current(), address=address)):
        return actions.record(event, actor=actor or makers.person_actor(), outcome=outcome)


def watched() -> list[Alert]:
    """Seal what waits and have it watched; all alerts, oldest first."""
    seal(tenancy.current())
    actions.watch()
    return list(queries.alerts().order_by("id"))


def found(key: str) -> list[Alert]:
    """The alerts of one rule after watching."""
    return [alert for alert in watched() if alert.rule_key == key]


@contextmanager
def moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Iterator[None]:
    """A clock that stands still."""
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: at)
        yield


def person(number: int = 1, *, on_behalf_of: str = "") -> Actor:
    """Always the same person for a number."""
    return Actor(
        kind=ActorKind.PERSON, id=f"usr_{number:026d}", label=f"p{number}@acme.example", tenant_id=tenancy.current().id,
        grants=(frozenset({"*"}),), auth_method="password", on_behalf_of=on_behalf_of,
    )  # fmt: skip


def write_places(folder: Path) -> str:
    """A GeoIP database with three places; its path."""
    writer = MMDBWriter(4, "GeoLite2-City", languages=["en"], description="for tests", float_type="f64")
    for address, country, latitude, longitude in PLACES:
        told = {"country": {"iso_code": country}, "location": {"latitude": latitude, "longitude": longitude}}
        writer.insert_network(IPSet([f"{address}/32"]), told)
    path = str(folder / "places.mmdb")
    writer.to_db_file(path)
    return path
