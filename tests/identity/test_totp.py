"""Authenticator apps: adding one, and showing its codes at sign-in, each once."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections

from identity import actions, factors, queries
from identity.actions import Given
from identity.models import SignInAttempt, TotpDevice
from identity.problems import AttemptEnded, FactorRefused, FactorThrottled
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.factor_makers import add_app, challenged, code_of, entered, later, signed_in
from tests.identity.trail import newest, recorded

EMAIL = "ada@acme.example"


def test_an_app_counts_once_a_code_of_it_was_given() -> None:
    person = makers.make_person(EMAIL)
    token = actions.open_enrolment(actor=signed_in(person))
    actions.begin_factor(token, kind="totp", name="Telephone")
    before = factors.of(person)

    shown = actions.show_enrolment(token, kind="totp", origin="")
    assert shown.app is not None
    done = actions.complete_factor(token, kind="totp", given=Given(code=code_of(shown.app.secret)))

    assert before == []
    assert [(one.kind, one.name) for one in factors.of(person)] == [("totp", "Telephone")]
    assert done.outcome is None
    assert newest("identity.factor.added")["details"] == {"factor": done.factor.id, "kind": "totp"}


def test_the_address_for_the_app_says_what_rfc_6238_needs() -> None:
    person = makers.make_person(EMAIL)
    token = actions.open_enrolment(actor=signed_in(person))
    actions.begin_factor(token, kind="totp", name="Telephone")

    shown = actions.show_enrolment(token, kind="totp", origin="")

    assert shown.app is not None
    parts = urlsplit(shown.app.address)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Acme%3Aada%40acme.example")
    assert parse_qs(parts.query) == {
        "secret": [shown.app.secret],
        "issuer": ["Acme"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert len(base64.b32decode(shown.app.secret)) == 20
    assert shown.app.image.startswith("data:image/svg+xml")


def test_the_seed_stands_nowhere_in_the_clear() -> None:
    person = makers.make_person(EMAIL)

    secret = add_app(person)

    device = TotpDevice.objects.get(user=person)
    assert secret not in device.sealed_seed
    assert base64.b32decode(secret).hex() not in device.sealed_seed
    assert secret not in str([entry for action in ("identity.factor.begun", "identity.factor.added") for entry in recorded(action)])


def test_the_next_code_completes_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    person = makers.make_person(EMAIL)
    secret = add_app(person)
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30):
        outcome = entered(actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret))))

    assert asked.factors == ("totp",)
    assert outcome.session.amr == ["pwd", "otp"]
    assert outcome.session.mfa_at is not None


def test_a_code_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    makers.make_person(EMAIL)
    secret = add_app(queries.person_by_email(EMAIL))
    first, second = challenged(EMAIL), challenged(EMAIL)

    with later(monkeypatch, seconds=30):
        code = code_of(secret)
        entered(actions.prove_factor(first.token, kind="totp", given=Given(code=code)))
        with pytest.raises(FactorRefused):
            actions.prove_factor(second.token, kind="totp", given=Given(code=code))

    assert SignInAttempt.objects.filter(consumed_at=None, failures=1).count() == 1
    assert newest("identity.factor.refused")["details"] == {"kind": "totp", "during": "sign_in"}


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift_is_let_through(monkeypatch: pytest.MonkeyPatch, steps: int, *, is_taken: bool) -> None:
    makers.make_person(EMAIL)
    secret = add_app(queries.person_by_email(EMAIL))
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=120) as moment:
        seconds = moment.timestamp() + 30 * steps
        code = code_of(secret, at=moment.fromtimestamp(seconds, tz=moment.tzinfo))
        try:
            actions.prove_factor(asked.token, kind="totp", given=Given(code=code))
            taken = True
        except FactorRefused:
            taken = False

    assert taken is is_taken


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "000000" * 20, "١٢٣٤٥٦", "12 34", "\0"])
def test_what_is_no_code_is_refused(code: str) -> None:
    makers.make_person(EMAIL)
    add_app(queries.person_by_email(EMAIL))
    asked = challenged(EMAIL)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code))

    assert TotpDevice.objects.get().throttling_failure_count == 1


def test_after_a_wrong_code_the_app_waits_and_the_right_one_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    makers.make_person(EMAIL)
    secret = add_app(queries.person_by_email(EMAIL))
    asked = challenged(EMAIL)
    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))
    TotpDevice.objects.update(throttling_failure_count=10)

    with later(monkeypatch, seconds=30), pytest.raises(FactorThrottled) as refusal:
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))

    assert refusal.value.fields["retry_after_s"] > 400


def test_the_wait_after_wrong_codes_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who knows the password shuts its person out for half an hour, not for days."""
    makers.make_person(EMAIL)
    add_app(queries.person_by_email(EMAIL))
    TotpDevice.objects.update(throttling_failure_count=40)
    asked = challenged(EMAIL)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))
    with pytest.raises(FactorThrottled) as refusal:
        actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))

    assert 2_000 < refusal.value.fields["retry_after_s"] <= 2_048


def test_the_fifth_wrong_code_ends_the_sign_in() -> None:
    makers.make_person(EMAIL)
    add_app(queries.person_by_email(EMAIL))
    asked = challenged(EMAIL)
    for _ in range(5):
        TotpDevice.objects.update(throttling_failure_count=0)
        with pytest.raises(FactorRefused):
            actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))

    with pytest.raises(AttemptEnded):
        actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))


def test_a_code_of_another_person_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    makers.make_person(EMAIL)
    other = makers.make_person("bob@acme.example")
    add_app(queries.person_by_email(EMAIL))
    secret = add_app(other)
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30), pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))


@pytest.mark.committed
def test_of_eight_at_once_one_code_lets_one_in() -> None:
    with makers.passing_tenant("codes-at-once") as ref:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            person = makers.make_person(EMAIL)
            secret = add_app(person)
            TotpDevice.objects.update(last_step=-1)
            tokens = [challenged(EMAIL).token for _ in range(8)]
            code = code_of(secret)

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda token: _proved(ref, token, code), tokens))

        assert sorted(outcomes) == ["entered"] + ["refused"] * 7


def _proved(ref: TenantRef, token: str, code: str) -> str:
    try:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            outcome: Any = actions.prove_factor(token, kind="totp", given=Given(code=code))
            return "entered" if outcome.session_token else "asked"
    except (FactorRefused, FactorThrottled):
        return "refused"
    finally:
        connections.close_all()
