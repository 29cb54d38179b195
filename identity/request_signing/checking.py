"""From a signed request to the actor that it is: form, time, one statement, signature, body, nonce, and then what every API key goes through.

Every failure gives the same answer; the precise reason stands in the trail. What costs little comes first, a body is read only after the
signature has shown who sends it, and a nonce is used up only by a request that is right in all else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from audit import actions as audit
from identity import events, key_check, key_rows, throttle
from identity.key_finding import Finder
from identity.problems import SignatureRefused
from identity.request_signing import key_texts, nonces, profile, proofs
from identity.request_signing.faults import Unacceptable
from identity.request_signing.message import Message
from identity.request_signing.profile import HMAC_SHA256, Claim
from kernel import clock, context, ids, sealing, tenancy
from kernel.actors import Actor

log = structlog.get_logger(__name__)

METHOD: Final = "signature"
METHOD_WITH_BEARER: Final = "api_key_and_signature"

_keys: Final = Finder(
    "identity_signing_key",
    beside=(
        "s.id",
        "s.name",
        "s.algorithm",
        "s.sealed_secret",
        "s.public_key",
        "CASE WHEN s.revoked_at IS NOT NULL THEN 'revoked' WHEN s.expires_at <= $2 THEN 'key_expired' END",
        "k.key_id",
        "k.rotated_from_id",
    ),
    source="FROM identity_signingkey s JOIN identity_apikey k ON k.id = s.api_key_id WHERE s.key_id = $1",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A signing key at this moment: `ended` is why it works no longer, empty while it does.

    `api_key` is the API key that it signs for, `api_key_id` its public part, and `replaced` the API key that this one replaced, if it did.
    """

    id: UUID
    name: str
    algorithm: str
    sealed_secret: str
    public_key: bytes
    ended: str
    api_key_id: str
    replaced: UUID | None
    api_key: key_rows.Row


def actor_of(message: Message, *, presented: str = "") -> Actor:
    """The actor of a signed request: its signing key's API key, which must be the `presented` one where the request holds one too.

    While a replaced API key works on, it may be presented too: the signing keys went over to the one that replaced it.

    Raises SignatureRefused, NoncesUnavailable, KeyRefused, KeyTooFast, and what reading the body raises.
    """
    row = checked(message)
    if not presented:
        key_check.require_usable(row.api_key, key_id=row.api_key_id)
        return key_check.admit(row.api_key, key_id=row.api_key_id, method=METHOD)
    bearer = key_check.bearer(presented)
    if bearer.id not in {row.api_key.id, row.replaced}:
        raise key_check.refused(row.api_key_id, reason="signed_by_another", row=bearer)
    return key_check.admit(bearer, key_id=row.api_key_id, method=METHOD_WITH_BEARER)


def checked(message: Message) -> Row:
    """The signing key of a request whose signature is right, present and new; the state of its API key is not looked at."""
    try:
        claim = message.claim()
    except Unacceptable as fault:
        log.info("signature.garbled", address=context.current().address, why=fault.reason)
        raise _refusal() from fault
    row: Row | None = None
    moment = clock.now()
    try:
        profile.require_present(claim, now_s=moment.timestamp())
        row = _known(claim, moment=moment)
        _require_signature(message, claim=claim, row=row)
        _require_working(row)
        message.require_body()
        nonces.take(claim, now_s=moment.timestamp())
    except Unacceptable as fault:
        raise _recorded(claim, reason=fault.reason, row=row) from fault
    return row


def _known(claim: Claim, *, moment: datetime) -> Row:
    if key_texts.tenant_code(claim.key_id) != tenancy.current().code:
        raise Unacceptable("foreign_tenant")
    found = _keys.find(claim.key_id, moment=moment)
    if found is None:
        raise Unacceptable("unknown")
    identifier, name, algorithm, sealed_secret, public_key, ended, api_key_id, replaced = found.beside
    return Row(
        id=UUID(identifier),
        name=name,
        algorithm=algorithm,
        sealed_secret=sealed_secret,
        public_key=bytes.fromhex(public_key.removeprefix("\\x")),
        ended=ended,
        api_key_id=api_key_id,
        replaced=UUID(replaced) if replaced else None,
        api_key=found.row,
    )


def _require_signature(message: Message, *, claim: Claim, row: Row) -> None:
    """The algorithm is the row's: what the request says may agree with it and decides nothing (no confusion of public key and secret)."""
    if claim.algorithm != row.algorithm:
        raise Unacceptable("algorithm")
    signed = message.signed_bytes(claim)
    if row.algorithm == HMAC_SHA256:
        is_right = proofs.is_by_secret(claim.signature, signed=signed, secret=_secret(row))
    else:
        is_right = proofs.is_by_public_key(claim.signature, signed=signed, public_key=row.public_key)
    if not is_right:
        raise Unacceptable("wrong_signature")


def _secret(row: Row) -> bytes:
    try:
        return key_texts.unsealed(row.sealed_secret, row_id=row.id)
    except sealing.Unsealable as fault:
        raise Unacceptable("unsealable") from fault


def _require_working(row: Row) -> None:
    """After the signature: only its holder may learn, from the trail, that a key has ended."""
    if row.ended:
        raise Unacceptable(row.ended)


def _recorded(claim: Claim, *, reason: str, row: Row | None) -> SignatureRefused:
    """The refusal, after it was written to the trail: for one key at most once a minute and reason, and of strangers 20 a minute."""
    if throttle.is_news(f"{reason}:{claim.key_id}", address=context.current().address, is_known=row is not None):
        event = events.SignatureRefused(
            subject=ids.show("sig", row.id) if row else claim.key_id,
            subject_label=row.name if row else "",
            key_id=claim.key_id,
            reason=reason,
        )
        audit.record(event, actor=audit.ANONYMOUS, outcome=audit.DENIED)
    return _refusal()


def _refusal() -> SignatureRefused:
    return SignatureRefused(
        "Sign the request as docs/signed-requests.md says, with a fresh nonce and a clock that is right, and check that the key still works."
    )
