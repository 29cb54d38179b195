"""What the Application Security Verification Standard 5.0.0, chapter V6, asks of second factors; a test for each item, named after it."""

import base64
import math
from typing import Any

import pytest

from identity import actions, attempts, factors, queries
from identity.actions import Challenged, Given, Terms
from identity.factors import oath, recovery, sms, totp, webauthn
from identity.models import RecoveryCode, Session, SignInAttempt, TotpDevice, User
from identity.problems import AttemptEnded, FactorNotAllowed, FactorRefused, FactorThrottled
from kernel import clock, sealing
from tests import makers
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app, challenged, code_of, entered, later, signed_in
from tests.identity.test_passkeys import HERE, add_passkey

EMAIL = "ada@acme.example"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL)


def test_6_3_3_a_rule_makes_every_way_in_ask_for_a_second_factor(ada: User) -> None:
    actions.create_mfa_policy(Terms(required="any"), actor=makers.OPERATOR)
    before = Session.objects.count()

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD)

    assert isinstance(outcome, Challenged)
    assert Session.objects.count() == before


def test_6_3_6_mail_is_no_factor() -> None:
    assert set(factors.KINDS) == {"webauthn", "totp", "sms", "recovery"}


def test_6_3_3_a_rule_may_ask_for_hardware_that_cannot_be_phished(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    add_passkey(ada, Authenticator())
    actions.create_mfa_policy(Terms(required="phishing_resistant"), actor=makers.OPERATOR)
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30), pytest.raises(FactorNotAllowed):
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))

    assert asked.factors == ("webauthn",)


def test_6_3_8_who_has_no_password_right_learns_nothing_of_factors(ada: User) -> None:
    add_app(ada)
    answers = []

    for email in (EMAIL, "nobody@acme.example"):
        with pytest.raises(Exception, match="Check the address and the password") as refusal:
            actions.sign_in(email, password="wrong wrong wrong wrong")
        answers.append((type(refusal.value), str(refusal.value)))

    assert answers[0] == answers[1]


def test_6_4_3_another_password_does_not_stand_for_the_factor(ada: User) -> None:
    add_app(ada)
    encoded = User.objects.get(id=ada.id).password
    User.objects.filter(id=ada.id).update(password=encoded, password_at=clock.now())

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD)

    assert isinstance(outcome, Challenged)
    assert not outcome.must_enrol


def test_6_4_4_who_lost_a_factor_shows_another_or_is_helped_by_somebody_with_the_permission(ada: User) -> None:
    add_app(ada)
    code = actions.make_recovery_codes(actor=signed_in(ada))[0]

    outcome = entered(actions.prove_factor(challenged(EMAIL).token, kind="recovery", given=Given(code=code)))
    actions.remove_factors_of(ada.id, reason="Seen in person.", actor=makers.OPERATOR)

    assert outcome.session.amr == ["pwd", "rec"]
    assert factors.of(ada) == []


def test_6_5_1_codes_of_every_kind_work_once(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    recovery_code = actions.make_recovery_codes(actor=signed_in(ada))[0]
    with later(monkeypatch, seconds=30):
        proofs = {"totp": code_of(secret), "recovery": recovery_code}
        for kind, code in proofs.items():
            entered(actions.prove_factor(challenged(EMAIL).token, kind=kind, given=Given(code=code)))

        refused = [_is_refused(kind, code) for kind, code in proofs.items()]

    assert refused == [True, True]


def _is_refused(kind: str, code: str) -> bool:
    try:
        actions.prove_factor(challenged(EMAIL).token, kind=kind, given=Given(code=code))
    except FactorRefused:
        return True
    return False


def test_6_5_2_recovery_codes_of_112_bits_and_more_are_kept_as_digests(ada: User) -> None:
    add_app(ada)

    codes = actions.make_recovery_codes(actor=signed_in(ada))

    assert len(base64.b32decode(codes[0].replace("-", "").upper())) * 8 >= 112
    assert {len(bytes(row.code_hash)) for row in RecoveryCode.objects.all()} == {32}


def test_6_5_3_seeds_and_codes_do_not_repeat(ada: User) -> None:
    seeds = {totp.start(ada, name="App", issuer="Acme").secret for _ in range(50)}
    codes = {code for _ in range(20) for code in recovery.renew(ada)}

    assert (len(seeds), len(codes)) == (50, 200)


def test_6_5_4_codes_have_at_least_20_bits() -> None:
    bits = {"sms": sms.DIGITS * math.log2(10), "totp": 6 * math.log2(10), "recovery": recovery.RANDOM_BYTES * 8}

    assert all(found >= 19.9 for found in bits.values())


def test_6_5_5_codes_have_a_life() -> None:
    assert sms.LIFE_S <= 600
    assert attempts.LIFE_S <= 600
    assert TotpDevice().step_s == 30


def test_6_5_6_every_kind_of_factor_can_be_taken_away(ada: User) -> None:
    add_app(ada)
    add_passkey(ada, Authenticator())

    for factor in queries.factors_of(ada):
        actions.remove_factor_of(ada.id, factor_id=_uuid(ada, factor.id), reason="Lost.", actor=makers.OPERATOR)

    assert factors.of(ada) == []


def _uuid(person: User, shown_id: str) -> Any:
    return next(device.id for device in factors.shown.devices(person) if device.public_id == shown_id)


def test_6_5_8_the_time_of_the_server_decides(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    asked = challenged(EMAIL)
    with later(monkeypatch, seconds=600) as moment:
        code = oath.hotp(base64.b32decode(secret), counter=oath.step_at(moment.timestamp()))

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code))


def test_6_6_1_text_messages_stand_only_beside_something_stronger(ada: User, settings: Any) -> None:
    settings.SMS_PROVIDER, settings.SMS_COUNTRIES = "identity.sms_providers.outbox.send", ("DE",)
    token = actions.open_enrolment(actor=signed_in(ada))

    with pytest.raises(FactorNotAllowed) as refusal:
        actions.begin_factor(token, kind="sms", number="+4915123456789")

    assert refusal.value.fields["allowed"] == ["webauthn", "totp"]


def test_6_6_2_what_proves_one_sign_in_does_not_prove_another(ada: User) -> None:
    device = Authenticator()
    add_passkey(ada, device)
    first, second = challenged(EMAIL), challenged(EMAIL)
    answer = device.use(actions.ask_for_passkey(first.token, origin=HERE), origin=HERE)
    actions.ask_for_passkey(second.token, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(second.token, kind="webauthn", given=Given(credential=answer, origin=HERE))


def test_6_6_3_guessing_ends_soon(ada: User) -> None:
    add_app(ada)
    asked = challenged(EMAIL)
    refusals: list[type[Exception]] = []

    for _ in range(7):
        try:
            actions.prove_factor(asked.token, kind="totp", given=Given(code="000000"))
        except (FactorRefused, FactorThrottled, AttemptEnded) as refusal:
            refusals.append(type(refusal))

    assert FactorThrottled in refusals
    assert refusals[-1] is AttemptEnded


def test_6_7_2_challenges_are_long_and_new(ada: User) -> None:
    add_passkey(ada, Authenticator())
    asked = challenged(EMAIL)
    seen = set()

    for _ in range(20):
        actions.ask_for_passkey(asked.token, origin=HERE)
        seen.add(bytes(SignInAttempt.objects.exclude(challenge=None).get().challenge or b""))

    assert len(seen) == 20
    assert {len(challenge) * 8 for challenge in seen} == {webauthn.CHALLENGE_BYTES * 8}
    assert webauthn.CHALLENGE_BYTES * 8 >= 64


def test_a_seed_opens_only_for_its_own_row(ada: User) -> None:
    add_app(ada)
    device = TotpDevice.objects.get()

    with pytest.raises(sealing.Unsealable):
        sealing.unseal(device.sealed_seed, context=f"identity.totp:{ada.id}")
