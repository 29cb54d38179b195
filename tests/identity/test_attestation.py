"""Which authenticators a rule takes: a real certificate of a real maker, certificates of our own, and what happens to passkeys that were there before."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from identity import actions, factors, queries
from identity.actions import Given, Terms
from identity.factors import policy
from identity.models import SignInAttempt, User, WebAuthnCredential
from identity.problems import FactorRefused
from tests import makers
from tests.identity.authenticator import ATTESTED, Authenticator, b64, unb64
from tests.identity.factor_makers import challenged, entered, signed_in
from tests.identity.test_passkeys import HERE, add_passkey

EMAIL = "ada@acme.example"
MODEL = "cb69481e-8ff7-4039-93ec-0a2729a154a8"
MODEL_OF_CERTIFICATE = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")

# A Security Key by Yubico answers creation options of `localhost`, as the tests of py_webauthn have it; and the root that its maker publishes.
KEY_MODEL = "6d44ba9b-f6ec-2e49-b930-0c8fe920cb73"
KEY_ORIGIN = "http://localhost:5000"
KEY_CHALLENGE = "8LBCiOY3q1cBZHFAWtS4AZZChzGphy67lK7I70zKi4yC7pgrQ2Pch7nAjLk1wq9greshIAsW2AjibhXjjI0TmQ"
KEY_CREDENTIAL = "syGQPDZRUYdb4m3rdWeyPaIMYlbmydGp1TP_33vE_lqJ3PHNyTd0iKsnKr5WjnCcBzcesZrDEfB_RBLFzU3k4w"
KEY_CLIENT = (
    "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiOExCQ2lPWTNxMWNCWkhGQVd0UzRBWlpDaHpHcGh5NjdsSzdJNzB6S2k0eUM3cGdyUTJQY2g3bkFqTGsxd3E5Z3"
    "Jlc2hJQXNXMkFqaWJoWGpqSTBUbVEiLCJvcmlnaW4iOiJodHRwOi8vbG9jYWxob3N0OjUwMDAiLCJjcm9zc09yaWdpbiI6ZmFsc2V9"
)
KEY_ATTESTATION = (
    "o2NmbXRmcGFja2VkZ2F0dFN0bXSjY2FsZyZjc2lnWEcwRQIhAOfrFlQpbavT6dJeTDJSCDzYSYPjBDHli2-syT2c1IiKAiAx5gQ2z5cHjdQX-jEHTb7JcjfQoVSW8fXszF5ihSgeOGN4"
    "NWOBWQLBMIICvTCCAaWgAwIBAgIEKudiYzANBgkqhkiG9w0BAQsFADAuMSwwKgYDVQQDEyNZdWJpY28gVTJGIFJvb3QgQ0EgU2VyaWFsIDQ1NzIwMDYzMTAgFw0xNDA4MDEwMDAwMDBa"
    "GA8yMDUwMDkwNDAwMDAwMFowbjELMAkGA1UEBhMCU0UxEjAQBgNVBAoMCVl1YmljbyBBQjEiMCAGA1UECwwZQXV0aGVudGljYXRvciBBdHRlc3RhdGlvbjEnMCUGA1UEAwweWXViaWNv"
    "IFUyRiBFRSBTZXJpYWwgNzE5ODA3MDc1MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKgOGXmBD2Z4R_xCqJVRXhL8Jr45rHjsyFykhb1USGozZENOZ3cdovf5Ke8fj2rxi5tJGn_Vn"
    "W4_6iQzKdIaeP6NsMGowIgYJKwYBBAGCxAoCBBUxLjMuNi4xLjQuMS40MTQ4Mi4xLjEwEwYLKwYBBAGC5RwCAQEEBAMCBDAwIQYLKwYBBAGC5RwBAQQEEgQQbUS6m_bsLkm5MAyP6SDL"
    "czAMBgNVHRMBAf8EAjAAMA0GCSqGSIb3DQEBCwUAA4IBAQByV9A83MPhFWmEkNb4DvlbUwcjc9nmRzJjKxHc3HeK7GvVkm0H4XucVDB4jeMvTke0WHb_jFUiApvpOHh5VyMx5ydwFoKK"
    "cRs5x0_WwSWL0eTZ5WbVcHkDR9pSNcA_D_5AsUKOBcbpF5nkdVRxaQHuuIuwV4k1iK2IqtMNcU8vL6w21U261xCcWwJ6sMq4zzVO8QCKCQhsoIaWrwz828GDmPzfAjFsJiLJXuYivdHA"
    "CkeJ5KHMt0mjVLpfJ2BCML7_rgbmvwL7wBW80VHfNdcKmKjkLcpEiPzwcQQhiN_qHV90t-p4iyr5xRSpurlP5zic2hlRkLKxMH2_kRjhqSn4aGF1dGhEYXRhWMRJlg3liA6MaHQ0Fw9k"
    "dmBbj-SuuaKGMseZXPO6gx2XY0UAAAA0bUS6m_bsLkm5MAyP6SDLcwBAsyGQPDZRUYdb4m3rdWeyPaIMYlbmydGp1TP_33vE_lqJ3PHNyTd0iKsnKr5WjnCcBzcesZrDEfB_RBLFzU3k"
    "46UBAgMmIAEhWCBAX_i3O3DvBnkGq_uLNk_PeAX5WwO_MIxBp0mhX6Lw7yJYIOW-1-Fch829McWvRUYAHTWZTx5IycKSGECL1UzUaK_8"
)
YUBICO_ROOT = """-----BEGIN CERTIFICATE-----
MIIDHjCCAgagAwIBAgIEG0BT9zANBgkqhkiG9w0BAQsFADAuMSwwKgYDVQQDEyNZ
dWJpY28gVTJGIFJvb3QgQ0EgU2VyaWFsIDQ1NzIwMDYzMTAgFw0xNDA4MDEwMDAw
MDBaGA8yMDUwMDkwNDAwMDAwMFowLjEsMCoGA1UEAxMjWXViaWNvIFUyRiBSb290
IENBIFNlcmlhbCA0NTcyMDA2MzEwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK
AoIBAQC/jwYuhBVlqaiYWEMsrWFisgJ+PtM91eSrpI4TK7U53mwCIawSDHy8vUmk
5N2KAj9abvT9NP5SMS1hQi3usxoYGonXQgfO6ZXyUA9a+KAkqdFnBnlyugSeCOep
8EdZFfsaRFtMjkwz5Gcz2Py4vIYvCdMHPtwaz0bVuzneueIEz6TnQjE63Rdt2zbw
nebwTG5ZybeWSwbzy+BJ34ZHcUhPAY89yJQXuE0IzMZFcEBbPNRbWECRKgjq//qT
9nmDOFVlSRCt2wiqPSzluwn+v+suQEBsUjTGMEd25tKXXTkNW21wIWbxeSyUoTXw
LvGS6xlwQSgNpk2qXYwf8iXg7VWZAgMBAAGjQjBAMB0GA1UdDgQWBBQgIvz0bNGJ
hjgpToksyKpP9xv9oDAPBgNVHRMECDAGAQH/AgEAMA4GA1UdDwEB/wQEAwIBBjAN
BgkqhkiG9w0BAQsFAAOCAQEAjvjuOMDSa+JXFCLyBKsycXtBVZsJ4Ue3LbaEsPY4
MYN/hIQ5ZM5p7EjfcnMG4CtYkNsfNHc0AhBLdq45rnT87q/6O3vUEtNMafbhU6kt
hX7Y+9XFN9NpmYxr+ekVY5xOxi8h9JDIgoMP4VB1uS0aunL1IGqrNooL9mmFnL2k
LVVee6/VR6C5+KSTCMCWppMuJIZII2v9o4dkoZ8Y7QRjQlLfYzd3qGtKbw7xaF1U
sG/5xUb/Btwb2X2g4InpiB/yt/3CpQXpiWX/K4mBvUKiGn05ZsqeY1gx4g0xLBqc
U9psmyPzK+Vsgw2jeRQ5JlKDyqE0hebfC1tvFu0CCrJFcw==
-----END CERTIFICATE-----
"""


class Maker:
    """Somebody who makes authenticators, with a root of their own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _certificate(self.key, issuer=self.key, subject="Maker", aaguid=None)

    @property
    def pem(self) -> str:
        """The root as the operator gets it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


class Vouched(Authenticator):
    """An authenticator for which a maker vouches in the format `packed`."""

    def __init__(self, maker: Maker, *, aaguid: str = MODEL, named: str = MODEL) -> None:
        super().__init__(aaguid=UUID(aaguid).bytes)
        self.attesting = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(self.attesting, issuer=maker.key, subject="Authenticator", aaguid=UUID(named))
        self.certificate = made.public_bytes(serialization.Encoding.DER)

    def make(self, options: str, *, origin: str) -> str:
        """As the authenticator beneath, with a statement that the maker signed."""
        whole = orjson.loads(super().make(options, origin=origin))
        client, bare = (unb64(whole["response"][name]) for name in ("clientDataJSON", "attestationObject"))
        data = cbor2.loads(bare)["authData"]
        signature = self.attesting.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        statement = {"alg": -7, "sig": signature, "x5c": [self.certificate]}
        whole["response"]["attestationObject"] = b64(cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data}))
        return orjson.dumps(whole).decode()


def _certificate(
    key: ec.EllipticCurvePrivateKey, *, issuer: ec.EllipticCurvePrivateKey, subject: str, aaguid: UUID | None
) -> x509.Certificate:
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Maker")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=3_650))
        .add_extension(x509.BasicConstraints(ca=aaguid is None, path_length=None), critical=True)
    )
    if aaguid is not None:
        made = made.add_extension(x509.UnrecognizedExtension(MODEL_OF_CERTIFICATE, b"\x04\x10" + aaguid.bytes), critical=False)
    return made.sign(issuer, hashes.SHA256())


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL)


@pytest.fixture
def maker() -> Maker:
    return Maker()


def trust(settings: Any, folder: Path, *roots: str) -> None:
    """The operator names makers in a file."""
    file = folder / "roots.pem"
    file.write_text("".join(roots))
    settings.WEBAUTHN_ROOTS = str(file)


def take_models(*models: str, **terms: Any) -> None:
    """A rule for everybody that names models of authenticators."""
    actions.create_mfa_policy(Terms(allowed_aaguids=models, **terms), actor=makers.OPERATOR)


def add_the_real_key(person: User, *, attestation: str = KEY_ATTESTATION) -> None:
    """What the security key answered, once more: with the challenge that it signed."""
    token = actions.open_enrolment(actor=signed_in(person))
    actions.show_enrolment(token, kind="webauthn", origin=KEY_ORIGIN)
    SignInAttempt.objects.filter(purpose="enrol").update(challenge=unb64(KEY_CHALLENGE))
    answer = {
        "id": KEY_CREDENTIAL, "rawId": KEY_CREDENTIAL, "type": "public-key", "clientExtensionResults": {},
        "response": {"attestationObject": attestation, "clientDataJSON": KEY_CLIENT, "transports": ["nfc", "usb"]},
    }  # fmt: skip
    given = Given(credential=orjson.dumps(answer).decode(), origin=KEY_ORIGIN)
    actions.complete_factor(token, kind="webauthn", name="Security key", given=given)


def test_a_real_security_key_is_taken_where_its_model_and_its_maker_are_named(ada: User, settings: Any, tmp_path: Path) -> None:
    trust(settings, tmp_path, YUBICO_ROOT)
    take_models(KEY_MODEL)

    add_the_real_key(ada)

    row = WebAuthnCredential.objects.get(user=ada)
    assert (str(row.aaguid), row.attestation, row.rp_id) == (KEY_MODEL, "packed", "localhost")
    assert (row.sign_count, row.verifies_user, row.is_synced, row.transports) == (52, True, False, ["nfc", "usb"])
    assert bytes(row.credential_id) == unb64(KEY_CREDENTIAL)


def test_a_real_security_key_of_another_model_than_named_is_refused(ada: User, settings: Any, tmp_path: Path) -> None:
    trust(settings, tmp_path, YUBICO_ROOT)
    take_models(MODEL)

    with pytest.raises(FactorRefused):
        add_the_real_key(ada)

    assert WebAuthnCredential.objects.count() == 0


def test_a_real_security_key_of_a_maker_who_is_not_named_is_refused(ada: User, maker: Maker, settings: Any, tmp_path: Path) -> None:
    trust(settings, tmp_path, maker.pem)
    take_models(KEY_MODEL)

    with pytest.raises(FactorRefused):
        add_the_real_key(ada)

    assert WebAuthnCredential.objects.count() == 0


@pytest.mark.parametrize("place", ["signature", "counter", "model"])
def test_one_changed_bit_of_a_real_answer_is_seen(ada: User, settings: Any, tmp_path: Path, place: str) -> None:
    trust(settings, tmp_path, YUBICO_ROOT)
    whole = cbor2.loads(base64.urlsafe_b64decode(KEY_ATTESTATION + "=="))
    data = bytearray(whole["authData"])
    if place == "signature":
        whole["attStmt"]["sig"] = whole["attStmt"]["sig"][:-1] + bytes([whole["attStmt"]["sig"][-1] ^ 1])
    else:
        data[{"counter": 36, "model": 40}[place]] ^= 1
    whole["authData"] = bytes(data)

    with pytest.raises(FactorRefused):
        add_the_real_key(ada, attestation=b64(cbor2.dumps(whole)))

    assert WebAuthnCredential.objects.count() == 0


def test_makers_stand_in_one_file(ada: User, maker: Maker, settings: Any, tmp_path: Path) -> None:
    trust(settings, tmp_path, maker.pem, YUBICO_ROOT)
    take_models(KEY_MODEL, MODEL)

    add_the_real_key(ada)
    add_passkey(ada, Vouched(maker))

    assert sorted(str(row.aaguid) for row in WebAuthnCredential.objects.all()) == [KEY_MODEL, MODEL]


def test_a_certificate_for_one_model_vouches_for_no_other(ada: User, maker: Maker, settings: Any, tmp_path: Path) -> None:
    trust(settings, tmp_path, maker.pem)
    take_models(MODEL)

    with pytest.raises(FactorRefused):
        add_passkey(ada, Vouched(maker, named=KEY_MODEL))

    assert WebAuthnCredential.objects.count() == 0


def test_a_passkey_of_another_model_stays_and_meets_no_rule(ada: User, maker: Maker) -> None:
    """A rule counts for passkeys that are there already: they are shown, and then another is added."""
    old, new = Authenticator(), Vouched(maker)
    add_passkey(ada, old)
    take_models(MODEL, required="phishing_resistant")
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    more = actions.prove_factor(asked.token, kind="webauthn", given=Given(credential=old.use(options, origin=HERE), origin=HERE))
    assert isinstance(more, actions.Challenged)
    shown = actions.show_enrolment(more.token, kind="webauthn", origin=HERE)
    given = Given(credential=new.make(shown.options, origin=HERE), origin=HERE)
    done = entered(actions.complete_factor(more.token, kind="webauthn", name="New", given=given).outcome)

    assert (more.must_enrol, more.factors) == (True, ("webauthn",))
    assert done.session.amr == ["pwd", "pop", "user", "hwk"]
    assert [one.name for one in factors.of(ada)] == ["Laptop", "New"]


def test_a_passkey_of_another_model_does_not_sign_in_alone(ada: User) -> None:
    device = Authenticator()
    add_passkey(ada, device)
    take_models(MODEL, required="any")
    asked = actions.begin_passkey_sign_in(origin=HERE)

    outcome = actions.sign_in_with_passkey(asked.token, given=Given(credential=device.use(asked.options, origin=HERE), origin=HERE))

    assert isinstance(outcome, actions.Challenged)
    assert outcome.must_enrol


def test_who_says_that_it_is_a_model_without_a_certificate_is_not(ada: User) -> None:
    """Made before the rule, when nobody asked for a certificate."""
    add_passkey(ada, Authenticator(aaguid=UUID(MODEL).bytes))
    before = queries.kinds_to_show(ada)
    take_models(MODEL, required="any")

    usable = policy.usable(ada, factors.requirement(ada))

    assert (before, usable) == (["webauthn"], frozenset())
    assert WebAuthnCredential.objects.get().attestation == "none"


def test_who_vouches_only_for_itself_has_no_certificate(ada: User) -> None:
    device = SelfMade(aaguid=UUID(MODEL).bytes)

    add_passkey(ada, device)

    assert WebAuthnCredential.objects.get().attestation == "none"


class SelfMade(Authenticator):
    """An authenticator that signs its statement with the passkey itself."""

    def make(self, options: str, *, origin: str) -> str:
        """Format `packed` without a certificate."""
        whole = orjson.loads(super().make(options, origin=origin))
        client, bare = (unb64(whole["response"][name]) for name in ("clientDataJSON", "attestationObject"))
        data = cbor2.loads(bare)["authData"]
        assert data[32] & ATTESTED
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        statement = {"alg": -7, "sig": signature}
        whole["response"]["attestationObject"] = b64(cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data}))
        return orjson.dumps(whole).decode()


def test_no_rule_about_models_shuts_an_account_for_emergencies_out(ada: User) -> None:
    device = Authenticator()
    add_passkey(ada, device)
    actions.mark_break_glass(ada.id, actor=makers.OPERATOR)
    actions.arm_break_glass(ada.id, hours=1, reason="A test.", actor=makers.OPERATOR)
    take_models(MODEL, required="phishing_resistant")
    asked = challenged(EMAIL)
    options = actions.ask_for_passkey(asked.token, origin=HERE)

    outcome = actions.prove_factor(
        asked.token, kind="webauthn", given=Given(credential=device.use(options, origin=HERE), origin=HERE)
    )

    assert entered(outcome).session.amr == ["pwd", "hwk", "user"]


def test_rules_without_a_common_model_take_no_passkey(ada: User, maker: Maker) -> None:
    take_models(MODEL)
    actions.create_mfa_policy(Terms(allowed_aaguids=[KEY_MODEL]), person=EMAIL, actor=makers.OPERATOR)

    with pytest.raises(FactorRefused):
        add_passkey(ada, Vouched(maker))

    assert WebAuthnCredential.objects.count() == 0
