"""Time that tests set: the clock, the ids that are given by it, and a trail that has grown old."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from audit import actions, partitions, signing
from audit.models import Mirrored
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.events import CATEGORIES, Event
from kernel.tenancy import Purpose, TenantRef
from tests import makers


@dataclass(slots=True)
class Travel:
    """The present moment of a test, a millisecond later each time that somebody asks for it."""

    moment: datetime

    def now(self) -> datetime:
        """What `clock.now` says."""
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def new_id(self) -> UUID:
        """What `ids.new_id` gives: a UUIDv7 of the moment."""
        milliseconds = int(self.now().timestamp() * 1000)
        return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | secrets.randbits(61))

    def to(self, moment: datetime) -> None:
        """Go to a moment."""
        self.moment = moment


def begin(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """Stop the clock and set it by hand from now on."""
    travel = Travel(datetime.now(UTC))
    monkeypatch.setattr(clock, "now", travel.now)
    monkeypatch.setattr(ids, "new_id", travel.new_id)
    return travel


def end_of_first_month() -> datetime:
    """When the oldest month of the active tenant ends."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE):
        first = partitions.months()[0]
    assert first.high is not None
    return datetime.fromtimestamp(partitions.moment_of(first.high), tz=UTC)


BODY_DAYS, SEAL_DAYS = 30, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged(Event):
    """Something of a category."""

    category = "data"
    subject_kind = "thing"
    number: int = 0


# Not among the product's own: a name given in the class body would put it into the catalogue.
Aged.name = "tests.thing.aged"


def happen_aged(*, actor: Actor, subject: str = "thing", number: int = 0) -> UUID:
    """Record one."""
    return actions.record(Aged(subject=subject, subject_label="Thing", number=number), actor=actor)


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Travel:
    """A clock that the test sets."""
    return begin(monkeypatch)


@pytest.fixture
def aged(acme: TenantRef, owner: Actor, travel: Travel) -> list[UUID]:
    """Five entries in the oldest month, all of it sealed and signed, and three in a later one; now is 45 days behind the end of the first."""
    Mirrored.objects.all().delete()
    old = [happen_aged(actor=owner, subject=f"thing_{number}", number=number) for number in range(5)]
    settle(acme)
    travel.to(end_of_first_month() + timedelta(days=45))
    for number in range(3):
        happen_aged(actor=owner, subject="new", number=number)
    settle(acme)
    return old


def settle(ref: TenantRef) -> None:
    """Seal and sign all."""
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        actions.seal_pending()
        while signing.is_behind():
            actions.sign_log()


def keep_for(*, body_days: int = BODY_DAYS, seal_days: int = 0) -> None:
    """Give every category the same period."""
    for category in CATEGORIES:
        actions.change_policy(category, body_days=body_days, seal_days=seal_days, basis="our own rule", actor=makers.OPERATOR)


def first_month() -> str:
    """The name of the oldest month."""
    with owning():
        return partitions.months()[0].name


@contextmanager
def owning() -> Iterator[Any]:
    """A cursor of the owner of the tables."""
    with tenancy.activate(tenancy.current(), purpose=Purpose.MIGRATE), connections["cell-1"].cursor() as cursor:
        yield cursor
