"""OWASP ASVS 5.0, V7 (sessions): one test for each item of 7.2 to 7.5, named after it."""

import math
from datetime import datetime, timedelta

import pytest
from django.conf import settings

from identity import actions, queries, sessions, tokens
from identity.actions import SignedIn
from identity.models import Session, User
from identity.problems import StepUpNeeded
from kernel import clock
from kernel.actors import Actor
from tests import makers
from tests.console.browser import Browser, text_of

FRESH = "an entirely different phrase"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("owner",))


def _in(user: User) -> SignedIn:
    outcome = actions.sign_in(user.email, password=makers.PASSWORD)
    assert isinstance(outcome, SignedIn)
    return outcome


def _actor(token: str) -> Actor:
    found = queries.session_actor(token)
    assert found is not None
    return found.actor


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_v7_2_1_a_session_is_looked_up_here_at_each_request(ada: User) -> None:
    token = _in(ada).session_token
    Session.objects.filter(user=ada).update(revoked_at=clock.now())

    assert queries.session_actor(token) is None


def test_v7_2_2_each_sign_in_makes_a_token_of_its_own(ada: User) -> None:
    made = {_in(ada).session_token for _ in range(5)}

    assert len(made) == 5


def test_v7_2_3_a_token_holds_256_random_bits_and_only_its_digest_is_kept(ada: User) -> None:
    token = _in(ada).session_token

    assert len(token) * math.log2(64) >= 256
    assert tokens.digest(token) == bytes(Session.objects.get(user=ada).key_hash)


def test_v7_2_4_signing_in_and_proving_anew_change_the_token(ada: User) -> None:
    first = _in(ada).session_token
    sessions.rotate_later(ada.id)
    found = queries.session_actor(first)
    assert found is not None

    renewed = sessions.rotate(found.session_id)

    assert queries.session_actor(first) is None
    assert _actor(renewed).session == found.actor.session


def test_v7_2_4_of_two_tabs_that_are_due_for_another_token_one_gets_it(ada: User) -> None:
    sessions.rotate_later(ada.id)
    found = queries.session_actor(_in(ada).session_token)
    assert found is not None
    assert sessions.rotate(found.session_id) == ""  # begun after the change, so not due
    sessions.rotate_later(ada.id)

    given = [sessions.rotate(found.session_id) for _ in range(2)]

    assert given[1] == ""
    assert _actor(given[0]).session == found.actor.session


def test_v7_2_4_signing_in_again_ends_the_session_of_before_and_renews_the_secret_of_forms(ada: User) -> None:
    browser = Browser().signed_in(ada.email)
    first, secret = (browser.client.cookies[name].value for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME))

    browser.signed_in(ada.email)

    assert queries.session_actor(first) is None
    assert _actor(browser.client.cookies[settings.SESSION_COOKIE_NAME].value).id == ada.public_id
    assert browser.client.cookies[settings.CSRF_COOKIE_NAME].value != secret
    assert Session.objects.filter(user=ada, revoked_at=None).count() == 1


def test_v7_2_4_a_token_from_outside_is_never_taken_over(ada: User) -> None:
    browser = Browser()
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 43

    browser.post("/sign-in", {"email": ada.email, "password": makers.PASSWORD})

    assert browser.client.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 43


def test_v7_3_1_an_idle_session_ends(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    actions.change_security({"session_idle_s": 600}, actor=owner)
    token = _in(ada).session_token

    _at(begun + timedelta(seconds=600), monkeypatch)

    assert queries.session_actor(token) is None


def test_v7_3_2_a_session_ends_however_busy_it_is(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    actions.change_security({"session_absolute_s": 3600}, actor=owner)
    token = _in(ada).session_token

    for minute in range(0, 60, 10):
        _at(begun + timedelta(minutes=minute), monkeypatch)
        assert queries.session_actor(token), minute

    _at(begun + timedelta(minutes=60), monkeypatch)
    assert queries.session_actor(token) is None


def test_v7_4_1_signing_out_ends_the_session_itself(ada: User) -> None:
    browser = Browser().signed_in(ada.email)
    token = browser.client.cookies[settings.SESSION_COOKIE_NAME].value

    browser.post("/sign-out")

    assert queries.session_actor(token) is None


@pytest.mark.parametrize("ending", ["suspended", "deactivated"])
def test_v7_4_2_all_sessions_end_with_the_account(ending: str, ada: User, owner: Actor) -> None:
    makers.make_person("second@acme.example", roles=("owner",))
    made = [_in(ada).session_token for _ in range(3)]

    end = actions.suspend_person if ending == "suspended" else actions.deactivate_person
    end(ada.id, reason="left", actor=owner)

    assert [queries.session_actor(token) for token in made] == [None, None, None]


def test_v7_4_3_another_password_ends_all_other_sessions_and_renews_this_one(ada: User) -> None:
    here, there = _in(ada).session_token, _in(ada).session_token

    changed = actions.change_password(makers.PASSWORD, replacement=FRESH, actor=_actor(here))

    assert changed.sessions_ended == 1
    assert [queries.session_actor(token) for token in (here, there)] == [None, None]
    assert _actor(changed.session_token).id == ada.public_id


def test_v7_4_3_a_session_that_was_ended_is_not_brought_back_by_another_password(ada: User, owner: Actor) -> None:
    actor = _actor(_in(ada).session_token)
    actions.end_sessions(ada.id, actor=owner)

    with pytest.raises(StepUpNeeded):
        actions.change_password(makers.PASSWORD, replacement=FRESH, actor=actor)

    assert not Session.objects.filter(user=ada, revoked_at=None).exists()


def test_v7_4_4_every_page_has_a_way_out(ada: User) -> None:
    browser = Browser().signed_in(ada.email)

    assert all('action="/sign-out"' in text_of(browser.get(path)) for path in ("/", "/account", "/people/", "/security/"))


def test_v7_4_5_administrators_end_the_sessions_of_one_person(ada: User, owner: Actor) -> None:
    bob = makers.make_person("bob@acme.example")
    theirs, others = _in(bob).session_token, _in(ada).session_token

    assert actions.end_sessions(bob.id, actor=owner) == 1

    assert queries.session_actor(theirs) is None
    assert queries.session_actor(others) is not None


def test_v7_5_1_sensitive_acts_ask_for_a_fresh_proof(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    actor = _actor(_in(ada).session_token)

    _at(begun + timedelta(seconds=901), monkeypatch)

    with pytest.raises(StepUpNeeded):
        actions.change_password(makers.PASSWORD, replacement=FRESH, actor=actor)
    with pytest.raises(StepUpNeeded):
        actions.change_security({"session_idle_s": 600}, actor=actor)


def test_v7_5_2_people_see_their_sessions_and_end_any_or_all_others(ada: User) -> None:
    here, there, elsewhere = (_in(ada).session_token for _ in range(3))
    actor = _actor(here)
    shown = list(queries.own_living_sessions(actor=actor).order_by("id"))

    actions.end_session(shown[1].id, actor=actor)
    assert queries.session_actor(there) is None
    assert actions.end_other_sessions(actor=actor) == 1

    assert queries.session_actor(elsewhere) is None
    assert queries.session_actor(here) is not None


def test_v7_5_3_the_proof_counts_for_as_long_as_the_tenant_says(ada: User, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    actions.change_security({"step_up_s": 60}, actor=owner)
    actor = _actor(_in(ada).session_token)

    _at(begun + timedelta(seconds=61), monkeypatch)

    with pytest.raises(StepUpNeeded) as refusal:
        actions.change_security({"session_idle_s": 600}, actor=actor)
    assert refusal.value.fields["within_s"] == 60
