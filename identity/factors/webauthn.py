"""Passkeys and hardware keys (W3C Web Authentication Level 3).

A credential works at the host where it was made and nowhere else: its `rp_id` is that host, and the only origin that is accepted is the page's own.
What is to be signed stands on the attempt and is used up by looking at it.
"""

import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import webauthn
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from django.conf import settings
from webauthn.helpers import parse_attestation_object, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from identity.factors import policy, refusals
from identity.factors.given import CREDENTIAL_MAX, Given
from identity.models import SignInAttempt, User, WebAuthnCredential
from kernel import clock

CHALLENGE_BYTES: Final = 32
HARDWARE, SYNCED, VERIFIED = "hwk", "swk", "user"
ALONE: Final = "mfa"
"""What is added when the passkey stood for password and factor at once."""
MODEL_OF_CERTIFICATE: Final = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
OCTETS_OF_MODEL: Final = b"\x04\x10"
"""Before the sixteen bytes of an AAGUID in DER."""
CREDENTIAL_ID_MAX: Final = 1023
"""Bytes (W3C Web Authentication Level 3, 7.1 step 25)."""
# The library raises these for what it cannot read, the last for JSON that is nested too deep; whatever the fault is, the answer is the same.
UNREADABLE: Final = (WebAuthnException, InvalidSignature, ValueError, KeyError, TypeError, RecursionError)


def host_of(origin: str) -> str:
    """The `rp_id` of pages of an origin: their host, without the port."""
    return (urlsplit(origin).hostname or "").lower()


def creation_options(user: User, attempt: SignInAttempt, *, origin: str, issuer: str, asked: policy.Requirement) -> str:
    """What the browser needs to make a passkey, as JSON for `parseCreationOptionsFromJSON`; puts a challenge on the attempt."""
    known = WebAuthnCredential.objects.filter(user=user, rp_id=host_of(origin))
    options = webauthn.generate_registration_options(
        rp_id=host_of(origin),
        rp_name=issuer,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        challenge=_challenged(attempt),
        attestation=AttestationConveyancePreference.DIRECT if asked.aaguids else AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_verification(asked)
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in known],
    )
    return webauthn.options_to_json(options)


def register(user: User, attempt: SignInAttempt, given: Given, *, name: str, asked: policy.Requirement) -> WebAuthnCredential:
    """Take a new passkey into use. Raises FactorRefused."""
    challenge = _taken(attempt)
    if len(given.credential) > CREDENTIAL_MAX:
        raise refusals.wrong_passkey()
    try:
        made = webauthn.verify_registration_response(
            credential=given.credential,
            expected_challenge=challenge,
            expected_rp_id=host_of(given.origin),
            expected_origin=[given.origin],
            require_user_verification=_verification(asked) is UserVerificationRequirement.REQUIRED,
            pem_root_certs_bytes_by_fmt=_roots(settings.WEBAUTHN_ROOTS),
        )
        transports, attestation = _transports(given.credential), _attestation(made)
    except UNREADABLE as fault:
        raise refusals.wrong_passkey() from fault
    passkey = WebAuthnCredential(
        user=user, name=name, confirmed=True, rp_id=host_of(given.origin), credential_id=made.credential_id, public_key=made.credential_public_key,
        sign_count=made.sign_count, aaguid=UUID(made.aaguid), attestation=attestation, transports=transports,
        is_synced=made.credential_device_type == CredentialDeviceType.MULTI_DEVICE, verifies_user=made.user_verified,
    )  # fmt: skip
    if not policy.is_of_model(passkey, asked) or len(made.credential_id) > CREDENTIAL_ID_MAX:
        raise refusals.wrong_passkey()
    if WebAuthnCredential.objects.filter(credential_id=made.credential_id).exists():
        raise refusals.wrong_passkey()
    passkey.save(force_insert=True)
    return passkey


def request_options(user: User | None, attempt: SignInAttempt, *, origin: str) -> str:
    """What the browser needs to use a passkey, as JSON for `parseRequestOptionsFromJSON`: one of the person's, or any of this host for nobody."""
    known = [] if user is None else WebAuthnCredential.objects.filter(user=user, rp_id=host_of(origin), confirmed=True)
    options = webauthn.generate_authentication_options(
        rp_id=host_of(origin),
        challenge=_challenged(attempt),
        allow_credentials=[_descriptor(one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED if user is None else UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


def prove(user: User, attempt: SignInAttempt, given: Given) -> tuple[str, ...]:
    """The proof by one of the person's passkeys. Raises FactorRefused."""
    credential, is_verified = _used(attempt, given, is_alone=False)
    if credential.user_id != user.id:
        raise refusals.wrong_passkey()
    return _amr(credential, is_verified=is_verified)


def identify(attempt: SignInAttempt, given: Given) -> tuple[User, tuple[str, ...]]:
    """Who signs in with a passkey alone, and the proof; the authenticator must have verified the person. Raises FactorRefused."""
    credential, is_verified = _used(attempt, given, is_alone=True)
    return credential.user, (*_amr(credential, is_verified=is_verified), ALONE)


def amr_of(credential: WebAuthnCredential) -> tuple[str, ...]:
    """The proof that a credential is when it was just made."""
    return _amr(credential, is_verified=credential.verifies_user)


def _used(attempt: SignInAttempt, given: Given, *, is_alone: bool) -> tuple[WebAuthnCredential, bool]:
    """The credential that signed the attempt's challenge at this origin, its counter moved on, and whether it verified the person."""
    challenge = _taken(attempt)
    if len(given.credential) > CREDENTIAL_MAX:
        raise refusals.wrong_passkey()
    try:
        answer = parse_authentication_credential_json(given.credential)
        row = _credential(answer.raw_id, rp_id=host_of(given.origin))
        if answer.response.user_handle not in (None, row.user_id.bytes):
            raise refusals.wrong_passkey()
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=row.rp_id,
            expected_origin=[given.origin],
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=is_alone,
        )
    except UNREADABLE as fault:
        raise refusals.wrong_passkey() from fault
    row.sign_count, row.last_used_at = found.new_sign_count, clock.now()
    row.save(update_fields=["sign_count", "last_used_at"])
    return row, found.user_verified


def _credential(credential_id: bytes, *, rp_id: str) -> WebAuthnCredential:
    """The row, locked until the transaction ends. Raises FactorRefused."""
    found = WebAuthnCredential.objects.select_for_update(of=("self",)).select_related("user")
    row = found.filter(credential_id=credential_id, rp_id=rp_id, confirmed=True).first()
    if row is None:
        raise refusals.wrong_passkey()
    return row


def _challenged(attempt: SignInAttempt) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    attempt.challenge = challenge
    attempt.save(update_fields=["challenge"])
    return challenge


def _taken(attempt: SignInAttempt) -> bytes:
    """The challenge of the attempt, which has none afterwards. Raises FactorRefused."""
    locked = SignInAttempt.objects.select_for_update().filter(id=attempt.id, consumed_at=None).first()
    if locked is None or locked.challenge is None:
        raise refusals.wrong_passkey()
    challenge = bytes(locked.challenge)
    locked.challenge = attempt.challenge = None
    locked.save(update_fields=["challenge"])
    return challenge


def _amr(credential: WebAuthnCredential, *, is_verified: bool) -> tuple[str, ...]:
    word = SYNCED if credential.is_synced else HARDWARE
    if not policy.is_of_model(credential, policy.requirement(credential.user)):
        word = policy.OTHER_MODEL
    return (word, *((VERIFIED,) if is_verified else ()))


def _verification(asked: policy.Requirement) -> UserVerificationRequirement:
    is_strict = asked.level == policy.PHISHING_RESISTANT
    return UserVerificationRequirement.REQUIRED if is_strict else UserVerificationRequirement.PREFERRED


def _attestation(made: VerifiedRegistration) -> str:
    """The format in which a maker vouches for the authenticator, with a certificate; what it says of itself counts as none."""
    certificates = parse_attestation_object(made.attestation_object).att_stmt.x5c
    if not certificates:
        return policy.UNATTESTED
    if made.fmt == AttestationFormat.PACKED and not _may_vouch_for(UUID(made.aaguid), certificate=certificates[0]):
        raise refusals.wrong_passkey()
    return AttestationFormat(made.fmt).value


def _may_vouch_for(aaguid: UUID, *, certificate: bytes) -> bool:
    """A certificate that names a model vouches for no other (W3C Web Authentication Level 3, 8.2.1); the library does not look."""
    try:
        named = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_oid(MODEL_OF_CERTIFICATE).value
    except x509.ExtensionNotFound:
        return True
    return isinstance(named, x509.UnrecognizedExtension) and named.value == OCTETS_OF_MODEL + aaguid.bytes


def _transports(credential: str) -> list[str]:
    known = {transport.value for transport in AuthenticatorTransport}
    said = orjson.loads(credential)["response"].get("transports") or []
    return [one for one in said if one in known]


def _descriptor(one: WebAuthnCredential) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in one.transports]
    return PublicKeyCredentialDescriptor(id=bytes(one.credential_id), transports=transports or None)


@cache
def _roots(path: str) -> Mapping[AttestationFormat, list[bytes]] | None:
    """The certificates of makers that the operator trusts, from one PEM file; none: certificates are read but their maker is not checked."""
    if not path:
        return None
    end = b"-----END CERTIFICATE-----"
    found = [part.strip() + b"\n" + end for part in Path(path).read_bytes().split(end) if part.strip()]
    return dict.fromkeys((AttestationFormat.PACKED, AttestationFormat.FIDO_U2F, AttestationFormat.TPM), found)
