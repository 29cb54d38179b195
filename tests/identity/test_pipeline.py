"""Every gate is asked again when a sign-in goes on: what was refused then stands in the trail, and nothing is left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from identity import actions, attempts, factors, pipeline, queries
from identity.actions import Challenged, Given, SignedIn, Terms
from identity.models import Session, TotpDevice, User
from identity.problems import AttemptEnded, FactorRefused, SignInRefused
from kernel import context, tenancy
from kernel.tenancy import Purpose
from tests import makers
from tests.identity.factor_makers import add_app, challenged, code_of, later
from tests.identity.trail import newest, recorded

EMAIL, REFUSED = "ada@acme.example", "identity.session.refused"
ELSEWHERE = context.RequestContext("r-1", address="198.51.100.4")


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


def _only_from_192_0_2() -> None:
    actions.add_network("192.0.2.0/24", actor=makers.OPERATOR)


def test_a_factor_from_a_place_that_was_closed_meanwhile_is_refused_and_told(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    asked, before = challenged(EMAIL), Session.objects.count()
    _only_from_192_0_2()

    with later(monkeypatch, seconds=30), context.bound(ELSEWHERE):
        proof = Given(code=code_of(secret))
        with pytest.raises(SignInRefused) as refusal:
            actions.prove_factor(asked.token, kind="totp", given=proof)
        with pytest.raises(AttemptEnded):
            actions.prove_factor(asked.token, kind="totp", given=proof)

    told = newest(REFUSED)
    assert (told["details"]["reason"], told["subject"]["id"], told["outcome"]) == ("address_not_allowed", ada.public_id, "denied")
    assert refusal.value.detail == "Check the address and the password. If you were invited, accept the invitation first."
    assert Session.objects.count() == before


def test_who_may_not_enter_any_more_adds_no_factor(ada: User) -> None:
    actions.create_mfa_policy(Terms(required="any"), actor=makers.OPERATOR)
    asked = challenged(EMAIL)
    actions.begin_factor(asked.token, kind="totp", name="App")
    shown = actions.show_enrolment(asked.token, kind="totp", origin="http://acme.localhost")
    assert shown.app is not None
    _only_from_192_0_2()

    with context.bound(ELSEWHERE), pytest.raises(SignInRefused):
        actions.complete_factor(asked.token, kind="totp", given=Given(code=code_of(shown.app.secret)))

    assert asked.must_enrol
    assert newest(REFUSED)["details"]["reason"] == "address_not_allowed"
    assert factors.of(ada) == []
    assert not TotpDevice.objects.filter(confirmed=True).exists()


@pytest.mark.parametrize("change", [{"epoch": 7}, {"password": "another"}, {"status": "suspended"}])
def test_who_changed_since_the_proof_is_refused_and_it_is_told(change: dict[str, Any], ada: User) -> None:
    User.objects.filter(id=ada.id).update(**change)

    with pytest.raises(SignInRefused):
        pipeline.proved(ada, method="password", amr=("pwd",))

    assert [entry["details"]["reason"] for entry in recorded(REFUSED)] == ["changed_meanwhile"]
    assert not Session.objects.exists()


def test_two_tabs_with_the_same_sign_in_begin_one_session(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    before = Session.objects.count()
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30):
        first = actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))
        with pytest.raises(AttemptEnded):
            actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))

    assert isinstance(first, SignedIn)
    assert Session.objects.count() == before + 1


def test_the_password_of_one_tab_and_the_factor_of_another_do_not_mix(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    add_app(ada)
    theirs = add_app(makers.make_person("mallory@acme.example"))
    asked, before = challenged(EMAIL), Session.objects.count()

    with later(monkeypatch, seconds=30), pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(theirs)))

    assert Session.objects.count() == before


@pytest.mark.committed
def test_sign_ins_at_the_same_moment_do_not_pass_the_limit_of_sessions() -> None:
    with makers.passing_tenant("session-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            person = makers.make_person("ada@session-race.example")
            actions.change_security({"sessions_maximum": 2}, actor=makers.OPERATOR)
        start = threading.Barrier(8)

        def enter() -> str:
            try:
                with tenancy.activate(ref, purpose=Purpose.REQUEST):
                    start.wait(20)
                    outcome = pipeline.proved(person, method="password", amr=("pwd",))
            finally:
                connections.close_all()
            assert isinstance(outcome, SignedIn)
            return outcome.session_token

        with ThreadPoolExecutor(8) as pool:
            tokens = list(pool.map(lambda _: enter(), range(8)))

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            assert sum(queries.session_actor(token) is not None for token in tokens) == 2


@pytest.mark.committed
def test_of_many_who_show_the_same_attempt_at_once_one_enters() -> None:
    with makers.passing_tenant("session-race") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            person = makers.make_person("ada@session-race.example")
            begun = attempts.begin(attempts.Purpose.SIGN_IN, user=person, proofs=("pwd",))
        start = threading.Barrier(8)

        def enter() -> bool:
            try:
                with tenancy.activate(ref, purpose=Purpose.REQUEST):
                    start.wait(20)
                    with tenancy.atomic():
                        found = attempts.find(begun.token, purpose=attempts.Purpose.SIGN_IN)
                        outcome = pipeline.completed(found, amr=("otp",))
            except AttemptEnded:
                return False
            finally:
                connections.close_all()
            return not isinstance(outcome, Challenged)

        with ThreadPoolExecutor(8) as pool:
            entered = list(pool.map(lambda _: enter(), range(8)))

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            assert (sum(entered), Session.objects.count()) == (1, 1)
