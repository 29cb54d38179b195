"""The built-in rules that look at places, days and the clock; through recorded, sealed and watched entries."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from audit import actions, queries
from audit.models import Alert, Anchor
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests.audit.alerting import (
    BERLIN,
    NOON,
    POTSDAM,
    SETTINGS_CHANGED,
    STARTED,
    SYDNEY,
    act,
    found,
    moment,
    person,
    tell,
    watched,
    write_places,
)
from tests.conftest import Settings


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What the making of the tenant left behind is watched already."""
    watched()
    Alert.objects.all().delete()


@pytest.fixture
def places(tmp_path: Path, settings: Settings) -> None:
    """A GeoIP database with three places."""
    settings.GEOIP_PATH = write_places(tmp_path)


@pytest.mark.usefixtures("places")
def test_two_places_too_far_apart_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        tell(STARTED, actor=person(), address=BERLIN)
    with moment(monkeypatch, NOON + timedelta(hours=2)):
        tell(STARTED, actor=person(), address=SYDNEY)

    (alert,) = found("impossible-travel")
    assert (alert.group, alert.severity) == (f"actor.id={person().id}", 3)
    assert (alert.facts["travel.km"], alert.facts["travel.kmh"]) == (16_095, 8047)


@pytest.mark.usefixtures("places")
def test_a_flight_a_neighbour_and_another_person_are_no_impossible_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        tell(STARTED, actor=person(1), address=BERLIN)
        tell(STARTED, actor=person(1), address=POTSDAM)
        tell(STARTED, actor=person(2), address=SYDNEY)
    with moment(monkeypatch, NOON + timedelta(hours=22)):
        tell(STARTED, actor=person(1), address=SYDNEY)

    assert found("impossible-travel") == []


@pytest.mark.usefixtures("places")
def test_an_administrator_in_a_new_country_is_found_and_a_member_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        tell(SETTINGS_CHANGED, actor=person(1), address=BERLIN)
        act("data.thing.made", actor=person(2), address=BERLIN)
        watched()
    with moment(monkeypatch, NOON + timedelta(days=2)):
        act("data.thing.made", actor=person(1), address=SYDNEY)
        act("data.thing.made", actor=person(2), address=SYDNEY)

        (alert,) = found("admin-new-country")

    assert alert.group == f"actor.id={person(1).id} place.country=AU"


def test_without_places_the_rules_about_them_find_nothing(settings: Settings) -> None:
    settings.GEOIP_PATH = ""
    act("data.thing.made", actor=person(), address=BERLIN)
    act("data.thing.made", actor=person(), address=SYDNEY)

    assert found("impossible-travel") == []


@pytest.mark.parametrize(("days", "number"), [(89, 0), (90, 1)])
def test_an_account_that_was_silent_for_ninety_days_is_found(days: int, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        act("data.thing.made", actor=person())
        watched()
    with moment(monkeypatch, NOON + timedelta(days=days, minutes=1)):
        act("data.thing.made", actor=person())

        assert len(found("dormant-account")) == number


@pytest.mark.parametrize(
    ("at", "number"),
    [(NOON, 0), (NOON.replace(hour=20), 1), (NOON.replace(hour=5), 1), (NOON.replace(hour=6), 0), (NOON + timedelta(days=3), 1)],
)
def test_administration_at_night_and_at_the_weekend_is_found(at: datetime, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, at):
        tell(SETTINGS_CHANGED, actor=person())
        act("data.thing.made", actor=person(), category="data")

        assert len(found("off-hours-admin")) == number


@pytest.mark.parametrize(("hours", "number"), [(23, 0), (25, 1)])
def test_an_anchor_that_got_nothing_for_a_day_is_found_once(hours: int, number: int, acme: TenantRef) -> None:
    act("data.thing.made")
    watched()
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.sign_log()
    now = clock.now()
    due = now - timedelta(hours=hours)
    anchor = Anchor.objects.create(
        kind="mail", name="Counsel", every_s=3600, last_at=due - timedelta(hours=1), next_at=due, created_at=now - timedelta(days=9)
    )

    actions.tick()
    actions.tick()

    alerts = [alert for alert in queries.alerts() if alert.rule_key == "checkpoint-not-anchored"]
    assert [alert.group for alert in alerts] == [f"subject.id={anchor.public_id}"] * number
