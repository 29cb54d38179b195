"""Passkeys: made at one host for one person, used there alone, one challenge each."""

import os

import pytest

from identity import actions, factors, queries
from identity.actions import Given
from identity.models import SignInAttempt, User, WebAuthnCredential
from identity.problems import AttemptEnded, FactorRefused, SignInRefused
from kernel import context, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.authenticator import BACKED_UP, ELIGIBLE, VERIFIED, Authenticator
from tests.identity.factor_makers import challenged, entered, signed_in
from tests.identity.trail import newest, recorded

EMAIL = "ada@acme.example"
HERE, THERE = "http://acme.localhost:8000", "http://globex.localhost:8000"


def add_passkey(person: User, device: Authenticator, *, origin: str = HERE, name: str = "Laptop") -> None:
    """Let the person make a passkey with this authenticator."""
    token = actions.open_enrolment(actor=signed_in(person))
    actions.begin_factor(token, kind="webauthn")
    shown = actions.show_enrolment(token, kind="webauthn", origin=origin)
    given = Given(credential=device.make(shown.options, origin=origin), origin=origin)
    actions.complete_factor(token, kind="webauthn", name=name, given=given)


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL)


@pytest.fixture
def device(ada: User) -> Authenticator:
    """An authenticator with a passkey of ada's at acme."""
    made = Authenticator()
    add_passkey(ada, made)
    return made


def test_a_passkey_remembers_the_host_that_it_was_made_at(ada: User, device: Authenticator) -> None:
    row = WebAuthnCredential.objects.get(user=ada)

    assert (row.rp_id, row.sign_count, row.is_synced, row.verifies_user) == ("acme.localhost", 0, False, True)
    assert bytes(row.credential_id) == device.credential_id
    assert [(one.kind, one.name, one.hint) for one in factors.of(ada)] == [("webauthn", "Laptop", "for acme.localhost")]


def test_a_passkey_alone_signs_in_without_address_and_password(ada: User, device: Authenticator) -> None:
    asked = actions.begin_passkey_sign_in(origin=HERE)

    outcome = entered(
        actions.sign_in_with_passkey(asked.token, given=Given(credential=device.use(asked.options, origin=HERE), origin=HERE))
    )

    assert outcome.user == ada
    assert (outcome.session.method, outcome.session.amr) == ("passkey", ["hwk", "user", "mfa"])
    assert WebAuthnCredential.objects.get().sign_count == 1


def test_a_passkey_is_a_second_factor(device: Authenticator) -> None:
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    given = Given(credential=device.use(options, origin=HERE), origin=HERE)
    outcome = entered(actions.prove_factor(asked.token, kind="webauthn", given=given))

    assert outcome.session.amr == ["pwd", "hwk", "user"]


def test_a_synced_passkey_is_called_so(ada: User) -> None:
    synced = Authenticator(flags=VERIFIED | ELIGIBLE | BACKED_UP)

    add_passkey(ada, synced)

    assert factors.of(ada)[0].hint == "synced for acme.localhost"


def test_without_verification_of_the_person_a_passkey_alone_is_not_enough(ada: User) -> None:
    plain = Authenticator(flags=0)
    add_passkey(ada, plain)
    asked = actions.begin_passkey_sign_in(origin=HERE)

    with pytest.raises(FactorRefused):
        actions.sign_in_with_passkey(asked.token, given=Given(credential=plain.use(asked.options, origin=HERE), origin=HERE))

    assert newest("identity.factor.refused")["details"] == {"kind": "webauthn", "during": "sign_in"}


def test_made_up_passkeys_do_not_fill_the_trail() -> None:
    for number in range(25):
        with context.bound(context.RequestContext(f"r-{number}", address=f"2001:db8:1:2::{number:x}")):
            asked = actions.begin_passkey_sign_in(origin=HERE)
            with pytest.raises(FactorRefused):
                actions.sign_in_with_passkey(asked.token, given=Given(credential="{}", origin=HERE))

    assert len(recorded("identity.factor.refused")) == 20


def test_a_challenge_is_used_up_by_looking_at_it(device: Authenticator) -> None:
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)
    right = device.use(options, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential="{}", origin=HERE))
    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=right, origin=HERE))

    assert SignInAttempt.objects.get(failures=2).challenge is None


def test_an_answer_to_another_challenge_is_refused(device: Authenticator) -> None:
    asked = challenged(EMAIL)
    old = actions.ask_for_passkey(asked.token, origin=HERE)
    actions.ask_for_passkey(asked.token, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=device.use(old, origin=HERE), origin=HERE))


def test_a_counter_that_goes_back_is_refused(device: Authenticator) -> None:
    WebAuthnCredential.objects.update(sign_count=7)
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=device.use(options, origin=HERE), origin=HERE))

    assert WebAuthnCredential.objects.get().sign_count == 7


def test_a_counter_that_stays_at_nought_is_fine(device: Authenticator) -> None:
    for _ in range(2):
        asked = challenged(EMAIL)
        options = actions.ask_for_passkey(asked.token, origin=HERE)
        device.count = -1
        given = Given(credential=device.use(options, origin=HERE), origin=HERE)
        entered(actions.prove_factor(asked.token, kind="webauthn", given=given))

    assert WebAuthnCredential.objects.get().sign_count == 0


@pytest.mark.parametrize(
    "origin", [THERE, "https://acme.localhost:8000", "http://acme.localhost:8001", "http://evil.acme.localhost:8000", "null"]
)
def test_an_answer_from_another_origin_is_refused(device: Authenticator, origin: str) -> None:
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=device.use(options, origin=origin), origin=HERE))


def test_a_passkey_of_one_tenant_is_none_at_another(device: Authenticator, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        asked = actions.begin_passkey_sign_in(origin=THERE)

        with pytest.raises(FactorRefused):
            actions.sign_in_with_passkey(asked.token, given=Given(credential=device.use(asked.options, origin=THERE), origin=THERE))


def test_the_row_of_a_passkey_in_another_tenant_does_not_help(device: Authenticator, globex: TenantRef) -> None:
    """Somebody who could copy rows would still hold a key that is for another host."""
    row = WebAuthnCredential.objects.values("rp_id", "credential_id", "public_key", "aaguid", "attestation").get()
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        WebAuthnCredential.objects.create(user=makers.make_person("gus@globex.example"), name="Copied", **row)
        asked = actions.begin_passkey_sign_in(origin=THERE)

        with pytest.raises(FactorRefused):
            actions.sign_in_with_passkey(asked.token, given=Given(credential=device.use(asked.options, origin=THERE), origin=THERE))


def test_an_attempt_of_one_tenant_is_none_at_another(device: Authenticator, globex: TenantRef) -> None:
    asked = actions.begin_passkey_sign_in(origin=HERE)
    given = Given(credential=device.use(asked.options, origin=HERE), origin=HERE)

    with tenancy.activate(globex, purpose=Purpose.REQUEST), pytest.raises(AttemptEnded):
        actions.sign_in_with_passkey(asked.token, given=given)


def test_a_passkey_of_somebody_else_is_no_second_factor(device: Authenticator) -> None:
    bob = makers.make_person("bob@acme.example")
    add_passkey(bob, Authenticator())
    asked = challenged("bob@acme.example")
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=device.use(options, origin=HERE), origin=HERE))


def test_a_forged_signature_is_refused(device: Authenticator) -> None:
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)
    thief = Authenticator(credential_id=device.credential_id, rp_id=device.rp_id, user_handle=device.user_handle, count=9)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=thief.use(options, origin=HERE), origin=HERE))


def test_a_passkey_that_is_known_is_not_taken_a_second_time(device: Authenticator) -> None:
    bob = makers.make_person("bob@acme.example")

    with pytest.raises(FactorRefused):
        add_passkey(bob, Authenticator(credential_id=device.credential_id))

    assert WebAuthnCredential.objects.count() == 1


def test_a_suspended_person_does_not_enter_with_a_passkey(ada: User, device: Authenticator) -> None:
    actions.suspend_person(ada.id, reason="A test.", actor=makers.OPERATOR)
    asked = actions.begin_passkey_sign_in(origin=HERE)

    with pytest.raises(SignInRefused):
        actions.sign_in_with_passkey(asked.token, given=Given(credential=device.use(asked.options, origin=HERE), origin=HERE))


@pytest.mark.parametrize(
    "credential",
    [
        "", "{", "[]", "null", "{}", '{"id": 1}', "x" * 30_000, '{"id":"a","rawId":"a","type":"public-key","response":{}}', "[" * 19_000,
        '{"id":' * 3_000, '{"id":"a","rawId":"a","type":"public-key","response":[]}',
    ],
)  # fmt: skip
def test_what_is_no_credential_is_refused(ada: User, device: Authenticator, credential: str) -> None:
    asked = challenged(EMAIL)
    actions.ask_for_passkey(asked.token, origin=HERE)
    adding = actions.open_enrolment(actor=signed_in(ada, amr=("pwd", "otp")))
    actions.show_enrolment(adding, kind="webauthn", origin=HERE)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=credential, origin=HERE))
    with pytest.raises(FactorRefused):
        actions.complete_factor(adding, kind="webauthn", given=Given(credential=credential, origin=HERE))


@pytest.mark.parametrize("length", [1024, 3000])
def test_an_identifier_longer_than_the_standard_has_it_is_refused(ada: User, length: int) -> None:
    with pytest.raises(FactorRefused):
        add_passkey(ada, Authenticator(credential_id=os.urandom(length)))

    assert WebAuthnCredential.objects.count() == 0


def test_an_identifier_of_the_longest_length_is_taken(ada: User) -> None:
    add_passkey(ada, Authenticator(credential_id=os.urandom(1023)))

    assert WebAuthnCredential.objects.count() == 1


def test_where_models_are_named_one_without_a_certificate_is_refused(ada: User) -> None:
    model = "cb69481e-8ff7-4039-93ec-0a2729a154a8"
    actions.create_mfa_policy(actions.Terms(required="off", allowed_aaguids=[model]), actor=makers.OPERATOR)

    with pytest.raises(FactorRefused):
        add_passkey(ada, Authenticator(aaguid=bytes.fromhex(model.replace("-", ""))))

    assert queries.factors_of(ada) == []
