"""Adding a factor while others do: a password alone adds none to an account that has one by now, and refusals are counted at every door."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from identity import actions, factors
from identity.actions import Given, Terms
from identity.models import RecoveryCode, SignInAttempt, TotpDevice, User
from identity.problems import AttemptEnded, FactorRefused
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.factor_makers import add_app, challenged, signed_in
from tests.identity.trail import recorded

EMAIL = "ada@acme.example"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL)


def test_a_sign_in_that_was_to_add_the_first_factor_ends_when_there_is_one(ada: User) -> None:
    """Who knows the password alone begins, waits until the person has a factor, and must not get one of their own beside it."""
    actions.create_mfa_policy(Terms(required="any"), actor=makers.OPERATOR)
    thief = challenged(EMAIL)
    actions.begin_factor(thief.token, kind="totp", name="Thief")
    add_app(ada, name="Ada's")

    with pytest.raises(AttemptEnded):
        actions.show_enrolment(thief.token, kind="totp", origin="")
    with pytest.raises(AttemptEnded):
        actions.begin_factor(thief.token, kind="totp", name="Thief")
    with pytest.raises(AttemptEnded):
        actions.complete_factor(thief.token, kind="totp", given=Given(code="000000"))

    assert thief.must_enrol
    assert [one.name for one in factors.of(ada)] == ["Ada's"]


def test_a_session_that_showed_no_factor_adds_none_beside_one(ada: User) -> None:
    thief = actions.open_enrolment(actor=signed_in(ada, amr=("pwd",)))
    add_app(ada, name="Ada's")

    with pytest.raises(AttemptEnded):
        actions.begin_factor(thief, kind="totp", name="Thief")

    assert [one.name for one in factors.of(ada)] == ["Ada's"]


def test_who_showed_a_factor_adds_another(ada: User) -> None:
    add_app(ada)

    token = actions.open_enrolment(actor=signed_in(ada))
    actions.begin_factor(token, kind="totp", name="Second")

    assert TotpDevice.objects.filter(user=ada, confirmed=False, name="Second").count() == 1


def test_a_wrong_code_is_counted_also_under_an_idempotency_key(ada: User) -> None:
    browser = Client(HTTP_HOST="acme.localhost")
    browser.post("/sign-in", {"email": EMAIL, "password": makers.PASSWORD})
    begun = browser.post("/v1/me/factor-enrolments", {"kind": "totp"}, content_type="application/json")

    answers = [
        browser.post(
            "/v1/me/factor-enrolments/completion",
            {"token": begun.json()["token"], "kind": "totp", "code": "000000"},
            content_type="application/json",
            HTTP_IDEMPOTENCY_KEY=f"guess-{turn}",
        ).status_code
        for turn in range(6)
    ]

    assert settings.SESSION_COOKIE_NAME in browser.cookies
    assert (begun.status_code, answers[0]) == (201, 422)
    assert TotpDevice.objects.get().throttling_failure_count >= 1
    assert SignInAttempt.objects.get(purpose="enrol").failures == 5
    assert len(recorded("identity.factor.refused")) == 5


@pytest.mark.committed
def test_of_eight_at_once_one_recovery_code_lets_one_in() -> None:
    with makers.passing_tenant("recovery-at-once") as ref:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            person = makers.make_person(EMAIL)
            add_app(person)
            code = actions.make_recovery_codes(actor=signed_in(person))[0]
            tokens = [challenged(EMAIL).token for _ in range(8)]

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda token: _recovered(ref, token, code), tokens))

        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            left = RecoveryCode.objects.filter(used_at=None).count()
        assert (sorted(outcomes), left) == (["entered"] + ["refused"] * 7, 9)


def _recovered(ref: TenantRef, token: str, code: str) -> str:
    try:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            outcome = actions.prove_factor(token, kind="recovery", given=Given(code=code))
            return "entered" if isinstance(outcome, actions.SignedIn) else "asked"
    except FactorRefused:
        return "refused"
    finally:
        connections.close_all()
