"""Each built-in rule finds what it is for, and leaves alone what only looks like it; through recorded, sealed and watched entries."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from audit import actions, queries
from audit.alerts import builtin, reading
from audit.models import Alert, Anchor
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests.audit.alerting import act, found, moment, person, watched
from tests.conftest import Settings

NOON = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)  # a Wednesday
BERLIN, SYDNEY, POTSDAM = "203.0.113.10", "198.51.100.10", "203.0.113.20"
Story = Callable[[], object]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What the making of the tenant left behind is watched already."""
    watched()
    Alert.objects.all().delete()


@pytest.fixture
def places(tmp_path: Path, settings: Settings) -> None:
    """A GeoIP database with three places."""
    writer = MMDBWriter(4, "GeoLite2-City", languages=["en"], description="for tests", float_type="f64")
    for address, country, latitude, longitude in (
        (BERLIN, "DE", 52.52, 13.40),
        (POTSDAM, "DE", 52.39, 13.06),
        (SYDNEY, "AU", -33.87, 151.21),
    ):
        writer.insert_network(
            IPSet([f"{address}/32"]), {"country": {"iso_code": country}, "location": {"latitude": latitude, "longitude": longitude}}
        )
    writer.to_db_file(str(tmp_path / "places.mmdb"))
    settings.GEOIP_PATH = str(tmp_path / "places.mmdb")


def refused(*, times: int, subject: str = "usr_a", address: str = "192.0.2.1", label: str = "a@acme.example") -> int:
    for _ in range(times):
        act(
            "identity.session.refused",
            actor=actions.ANONYMOUS,
            subject=subject,
            label=label,
            address=address,
            outcome="denied",
            reason="wrong_password",
        )
    return times


def let_in(subject: str = "usr_a") -> UUID:
    return act("identity.session.started", subject=subject, session="ses_1", method="password")


def repeated(name: str, times: int, *, same_person: bool = True) -> None:
    for number in range(times):
        act(name, actor=person(1 if same_person else number + 1))


STORIES: dict[str, tuple[Story, Story]] = {
    "brute-force-account": (lambda: refused(times=8), lambda: refused(times=7)),
    "brute-force-address": (
        lambda: [refused(times=2, subject=f"usr_{n}", label=f"{n}@acme.example") for n in range(10)],
        lambda: [refused(times=2, subject=f"usr_{n}", address=f"192.0.2.{n}") for n in range(10)],
    ),
    "password-spraying": (
        lambda: [refused(times=1, subject="", label=f"{n}@acme.example") for n in range(5)],
        lambda: refused(times=7),
    ),
    "success-after-failures": (
        lambda: (refused(times=5), let_in()),
        lambda: (refused(times=5), let_in("usr_b"), refused(times=4, subject="usr_c"), let_in("usr_c")),
    ),
    "privilege-escalation": (
        lambda: act("identity.person.changed", actor=person(), subject=person().id, roles_added=["owner"], roles_removed=[]),
        lambda: (
            act("identity.person.changed", actor=person(), subject="usr_other", roles_added=["owner"]),
            act("identity.person.changed", actor=person(), subject=person().id, roles_added=[]),
            act("identity.role.created", actor=person(), role="r", permissions=["read:*", "write:webhooks.*"]),
        ),
    ),
    "sign-in-weakened": (
        lambda: act("identity.mfa.disabled", category="security"),
        lambda: (act("identity.mfa.enabled", category="security"), act("identity.mfa.disabled", outcome="denied")),
    ),
    "key-by-support": (
        lambda: act("identity.api_key.created", actor=person(on_behalf_of="usr_z"), key_id="k"),
        lambda: act("identity.api_key.created", actor=person(), key_id="k"),
    ),
    "mass-export": (lambda: repeated("audit.export.created", 5), lambda: repeated("audit.export.created", 4)),
    "mass-deletion": (
        lambda: repeated("identity.person.deactivated", 20),
        lambda: repeated("identity.person.deactivated", 20, same_person=False),
    ),
    "log-settings-changed": (
        lambda: act("audit.stream.changed", category="configuration"),
        lambda: (act("audit.stream.tested"), act("audit.stream.changed", outcome="denied"), act("audit.alert.closed")),
    ),
    "legal-hold-lifted": (lambda: act("audit.hold.lifted", subject="hld_1"), lambda: act("audit.hold.placed", subject="hld_1")),
    "verification-failed": (
        lambda: act("audit.chain.verified", checked=9, broken_at=4),
        lambda: act("audit.chain.verified", checked=9, broken_at=0),
    ),
    "denied-burst": (
        lambda: [act("audit.request.refused", actor=person(), outcome="denied", action=f"GET /{n}") for n in range(10)],
        lambda: (
            [act("audit.request.refused", actor=person(), outcome="denied", action=f"GET /{n}") for n in range(9)],
            refused(times=7),
        ),
    ),
    "break-glass": (lambda: act("identity.break_glass.used"), lambda: act("identity.session.started")),
    "secret-exported": (lambda: act("audit.signing_key.exported"), lambda: act("audit.signing_key.rotated")),
    "webhook-target-changed": (
        lambda: act("webhooks.endpoint.created"),
        lambda: (act("webhooks.endpoint.paused"), act("audit.stream.created", outcome="failure")),
    ),
}  # fmt: skip
OTHERWISE = {"admin-new-country", "checkpoint-not-anchored", "dormant-account", "impossible-travel", "off-hours-admin"}
"""Told below: they need places, days or the clock."""


@pytest.mark.parametrize("key", sorted(STORIES))
def test_the_rule_finds_what_it_is_for(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        STORIES[key][0]()

        (alert,) = found(key)

    assert alert.severity == reading.read(builtin.texts()[key]).severity
    assert alert.number == 1
    assert queries.entries_of(alert)


@pytest.mark.parametrize("key", sorted(STORIES))
def test_the_rule_leaves_alone_what_only_looks_like_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        STORIES[key][1]()

        assert found(key) == []


def test_every_built_in_rule_has_a_story() -> None:
    assert set(STORIES) | OTHERWISE == set(builtin.texts())
    assert len(builtin.texts()) == 21


def test_every_built_in_rule_says_what_people_need() -> None:
    for key, text in builtin.texts().items():
        rule = reading.read(text)
        assert len(rule.description) > 40, key
        assert rule.falsepositives, key
        assert rule.response, key


def test_a_wildcard_role_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        act("identity.role.changed", actor=person(), role="r", old_permissions=["read:*"], new_permissions=["*"])

        assert len(found("privilege-escalation")) == 1


@pytest.mark.usefixtures("places")
def test_two_places_too_far_apart_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        act("identity.session.started", actor=person(), address=BERLIN)
    with moment(monkeypatch, NOON + timedelta(hours=2)):
        act("identity.session.started", actor=person(), address=SYDNEY)

    (alert,) = found("impossible-travel")
    assert alert.group == f"actor.id={person().id}"
    assert (alert.facts["travel.km"], alert.facts["travel.kmh"]) == (16_095, 8047)


@pytest.mark.usefixtures("places")
def test_a_flight_a_neighbour_and_another_person_are_no_impossible_travel(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        act("identity.session.started", actor=person(1), address=BERLIN)
        act("identity.session.started", actor=person(1), address=POTSDAM)
        act("identity.session.started", actor=person(2), address=SYDNEY)
    with moment(monkeypatch, NOON + timedelta(hours=22)):
        act("identity.session.started", actor=person(1), address=SYDNEY)

    assert found("impossible-travel") == []


@pytest.mark.usefixtures("places")
def test_an_administrator_in_a_new_country_is_found_and_a_member_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        act("tenants.tenant.settings_changed", actor=person(1), category="configuration", address=BERLIN)
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
        act("tenants.tenant.settings_changed", actor=person(), category="configuration")
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
