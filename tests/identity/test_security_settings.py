"""The limits of a tenant: within their ranges, told old and new, and in force at once where they are stricter."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from identity import actions, passwords, queries
from identity.actions import SignedIn
from identity.models import SecuritySettings, Session, User
from identity.problems import PasswordWeak, SecurityOutOfRange
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from kernel.tenancy import TenantRef
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once

CHANGED = "identity.security.changed"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def _signed_in(user: User) -> SignedIn:
    outcome = actions.sign_in(user.email, password=makers.PASSWORD)
    assert isinstance(outcome, SignedIn)
    return outcome


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_without_a_decision_the_installations_figures_count() -> None:
    rules = queries.security_settings()

    assert (rules.session_idle_s, rules.session_absolute_s, rules.sessions_maximum) == (7_200, 43_200, 25)
    assert (rules.password_minimum, rules.password_may_reset, rules.step_up_s) == (12, True, 900)
    assert (rules.inactive_days, rules.key_days_maximum, rules.support_may_enter) == (0, 366, True)
    assert not SecuritySettings.objects.exists()


def test_a_change_is_told_old_and_new(owner: Actor) -> None:
    with recorded_once(CHANGED):
        row = actions.change_security({"session_idle_s": 600, "support_may_enter": False}, actor=owner)

    assert (row.session_idle_s, row.support_may_enter, row.version) == (600, False, 2)
    told = newest(CHANGED)
    assert told["severity"] == 4
    assert (told["details"]["old_figures"]["session_idle_s"], told["details"]["new_figures"]["session_idle_s"]) == (None, 600)
    assert (told["details"]["old_figures"]["support_may_enter"], told["details"]["new_figures"]["support_may_enter"]) == (
        True,
        False,
    )


def test_what_is_so_already_is_not_recorded(owner: Actor) -> None:
    actions.change_security({"session_idle_s": 600}, actor=owner)

    with nothing_recorded():
        assert actions.change_security({"session_idle_s": 600}, actor=owner).version == 2


def test_nothing_takes_the_installations_figure_again(owner: Actor) -> None:
    actions.change_security({"session_idle_s": 600}, actor=owner)

    actions.change_security({"session_idle_s": None}, actor=owner)

    assert queries.security_settings().session_idle_s == 7_200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("session_idle_s", 59), ("session_idle_s", 86_401), ("session_absolute_s", 299), ("session_absolute_s", 2_592_001),
        ("sessions_maximum", 0), ("sessions_maximum", 1_001), ("password_minimum", 7), ("password_minimum", 65), ("step_up_s", 59),
        ("inactive_days", -1), ("inactive_days", 3_661), ("key_days_maximum", 0), ("key_days_maximum", 367), ("session_idle_s", True),
        ("session_idle_s", "600"), ("support_may_enter", None), ("support_may_enter", 1), ("timezone", "Europe/Vienna"), ("nothing", 1),
    ],
)  # fmt: skip
def test_what_is_outside_its_range_is_refused(name: str, value: Any, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(SecurityOutOfRange) as refusal:
        actions.change_security({name: value}, actor=owner)

    assert refusal.value.fields["errors"][0]["pointer"] == f"/{name}"
    assert not SecuritySettings.objects.exists()


def test_only_who_may_changes_them(ada: User) -> None:
    member = makers.make_person("member@acme.example")

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.change_security({"session_idle_s": 600}, actor=makers.actor_of(member))


def test_another_version_is_refused(owner: Actor) -> None:
    actions.change_security({"session_idle_s": 600}, actor=owner)

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_security({"session_idle_s": 900}, expected_version=1, actor=owner)


def test_stricter_limits_count_for_living_sessions_at_once(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    tokens = [_signed_in(ada).session_token for _ in range(2)]
    actions.change_security({"session_idle_s": 600, "session_absolute_s": 3_600}, actor=owner)

    assert newest(CHANGED)["details"]["sessions_shortened"] == 2
    _at(begun + timedelta(seconds=599), monkeypatch)
    assert queries.session_actor(tokens[0])
    _at(begun + timedelta(seconds=600), monkeypatch)
    assert queries.session_actor(tokens[1]) is None
    assert {session.expires_at for session in Session.objects.filter(user=ada)} == {begun + timedelta(seconds=3_600)}


def test_looser_limits_lengthen_nothing_that_has_begun(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    _signed_in(ada)

    actions.change_security({"session_absolute_s": 86_400, "session_idle_s": 86_400}, actor=owner)

    session = Session.objects.get(user=ada)
    assert (session.expires_at, session.idle_s) == (begun + timedelta(seconds=43_200), 7_200)


def test_one_session_too_many_ends_the_one_seen_longest_ago(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    actions.change_security({"sessions_maximum": 2}, actor=owner)
    begun = clock.now()
    found = []
    for minute in range(3):
        _at(begun + timedelta(minutes=minute), monkeypatch)
        found.append(_signed_in(ada).session_token)

    assert [queries.session_actor(token) is not None for token in found] == [False, True, True]
    assert newest("identity.session.started")["details"]["sessions_ended"] == 1


def test_fewer_sessions_at_once_end_the_surplus_at_once(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    bob, begun, found = makers.make_person("bob@acme.example"), clock.now(), []
    for minute in range(3):
        _at(begun + timedelta(minutes=minute), monkeypatch)
        found.append(_signed_in(ada).session_token)
    others = _signed_in(bob).session_token

    actions.change_security({"sessions_maximum": 2}, actor=owner)

    assert [queries.session_actor(token) is not None for token in (*found, others)] == [False, True, True, True]
    assert newest(CHANGED)["details"]["sessions_shortened"] == 1


def test_the_shortest_password_is_the_tenants(owner: Actor) -> None:
    actions.change_security({"password_minimum": 15}, actor=owner)

    with pytest.raises(PasswordWeak) as refusal:
        passwords.require_strong("x7Kq9-2mZ4w!ab", email="al@acme.example")
    passwords.require_strong("x7Kq9-2mZ4w!abc", email="al@acme.example")

    assert refusal.value.fields["errors"][0]["detail"].startswith("A password has at least 15 characters")


def test_each_tenant_has_its_own(owner: Actor, globex: TenantRef) -> None:
    actions.change_security({"session_idle_s": 600}, actor=owner)

    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST):
        assert queries.security_settings().session_idle_s == 7_200
