"""Writing keys that sign requests: create, rotate, revoke."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import events, inputs, key_bounds, key_inputs, queries, request_signing, step_up
from identity.actions.api_keys import end, require_secret_may_be_told, require_working
from identity.models import ApiKey, KeyState, SigningKey
from identity.permissions import Permission
from identity.problems import SigningKeyEnded, TooManySigningKeys
from identity.request_signing import key_texts, public_keys
from kernel import clock, problems, tenancy
from kernel.actors import Actor

WORKING_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class CreatedSigningKey:
    """A new signing key. `secret` is what an HMAC key signs with, shown once; empty for Ed25519, whose secret half never came here."""

    key: SigningKey
    secret: str = field(repr=False)


@tenancy.atomic
def create_signing_key(
    api_key_id: UUID,
    *,
    name: str,
    algorithm: str,
    public_key: str = "",
    expires_in_days: int | None = None,
    actor: Actor,
) -> CreatedSigningKey:
    """Make a key that signs requests as an API key: hmac-sha256, whose secret is in the answer, or ed25519, whose `public_key` is given.

    Whoever signs acts as the API key, so people make them for their own keys, and for those of service accounts within their own permissions.
    Raises Forbidden, BeyondOwnGrants, BeyondOwnLimits, InputInvalid, KeyEnded, KeyNeedsOwner, NotFound, StepUpNeeded, TooManySigningKeys.
    """
    actor.require(Permission.WRITE_KEYS)
    step_up.require_recent(actor)
    called, raw = inputs.name(name), _public_half(algorithm, public_key=public_key)
    days = key_inputs.days(expires_in_days)
    key = _api_key(api_key_id, actor=actor)
    if queries.signing_keys(key.id, state=KeyState.ACTIVE).count() >= WORKING_MAX:
        raise TooManySigningKeys(f"Revoke one first: an API key has at most {WORKING_MAX} that work.", limit=WORKING_MAX)
    created = _issued(key, name=called, algorithm=algorithm, raw=raw, lasts=timedelta(days=days))
    audit.record(_created(created.key), actor=actor)
    return created


@tenancy.atomic
def rotate_signing_key(
    api_key_id: UUID,
    *,
    signing_key_id: UUID,
    public_key: str = "",
    overlap_hours: int = key_inputs.DEFAULT_OVERLAP_HOURS,
    expected_version: int | None = None,
    actor: Actor,
) -> CreatedSigningKey:
    """Make the successor of a signing key, with the same name, algorithm and length of life; the old one works on for `overlap_hours`, 0 to 720.

    An ed25519 key needs the `public_key` of the new pair. Raises Forbidden, BeyondOwnGrants, BeyondOwnLimits, InputInvalid, KeyEnded, KeyNeedsOwner,
    NotFound, PreconditionFailed, SigningKeyEnded, StepUpNeeded.
    """
    actor.require(Permission.WRITE_KEYS)
    step_up.require_recent(actor)
    overlap = timedelta(hours=key_inputs.overlap_hours(overlap_hours))
    api_key = _api_key(api_key_id, actor=actor)
    old = queries.signing_key_for_update(api_key.id, signing_key_id)
    raw = _public_half(old.algorithm, public_key=public_key)
    problems.require_version(old, expected=expected_version)
    if old.state is not KeyState.ACTIVE:
        raise SigningKeyEnded("Make a new signing key instead.")
    longest = timedelta(days=key_inputs.longest_days(kind=api_key.kind))
    created = _issued(api_key, name=old.name, algorithm=old.algorithm, raw=raw, lasts=min(old.expires_at - old.created_at, longest))
    old.expires_at = min(old.expires_at, clock.now() + overlap)
    old.version += 1
    old.save(update_fields=["expires_at", "version"])
    audit.record(_rotated(old, successor=created.key), actor=actor)
    return created


@tenancy.atomic
def revoke_signing_key(
    api_key_id: UUID,
    *,
    signing_key_id: UUID,
    reason: str,
    expected_version: int | None = None,
    actor: Actor,
) -> SigningKey:
    """Refuse what is signed with a key from the next request on, for good. Any key of the tenant: stopping a leak must not wait for its owner.

    Idempotent: a revoked key stays as it is. Raises Forbidden, InputInvalid, NotFound, PreconditionFailed.
    """
    actor.require(Permission.WRITE_KEYS)
    why = inputs.reason(reason)
    key = queries.signing_key_for_update(queries.api_key(api_key_id).id, signing_key_id)
    if key.revoked_at is not None and not key.may_return:
        return key
    problems.require_version(key, expected=expected_version)
    end(key, reason=why)
    audit.record(
        events.SigningKeyRevoked(
            subject=key.public_id, subject_label=key.name, key_id=key.key_id, api_key=key.api_key.public_id, reason=why
        ),
        actor=actor,
    )
    return key


def _api_key(identifier: UUID, *, actor: Actor) -> ApiKey:
    """The API key to sign for, locked, if it works and the actor may act as it."""
    key = queries.api_key_for_update(identifier)
    require_secret_may_be_told(key, actor=actor)
    key_bounds.require_no_freer(actor, replace(key_bounds.of(key), requires_signature=True))
    require_working(key)
    return key


def _public_half(algorithm: str, *, public_key: str) -> bytes | None:
    """The public key of an ed25519 key, None for hmac-sha256. Raises InputInvalid."""
    if algorithm not in queries.SIGNING_ALGORITHMS:
        raise inputs.refuse("/algorithm", code="unknown", detail=f"Choose one of {', '.join(queries.SIGNING_ALGORITHMS)}.")
    if algorithm == request_signing.HMAC_SHA256:
        if public_key:
            raise inputs.refuse("/public_key", code="not_wanted", detail="hmac-sha256 has none; the secret is made here.")
        return None
    try:
        return public_keys.read(public_key)
    except public_keys.NoPublicKey as fault:
        raise inputs.refuse("/public_key", code="public_key", detail=str(fault)) from fault


def _issued(api_key: ApiKey, *, name: str, algorithm: str, raw: bytes | None, lasts: timedelta) -> CreatedSigningKey:
    moment = clock.now()
    key = SigningKey(
        key_id=key_texts.new_id(tenant_code=tenancy.current().code),
        api_key=api_key,
        name=name,
        algorithm=algorithm,
        public_key=raw,
        created_at=moment,
        expires_at=moment + lasts,
    )
    secret = "" if raw is not None else key_texts.new_secret()
    if secret:
        key.sealed_secret = key_texts.sealed(secret, row_id=key.id)
    if not SigningKey.objects.exists():  # with others, a missing mark means that nonces were lost: see there
        request_signing.nonces.begin(now_s=moment.timestamp())
    key.save(force_insert=True)
    return CreatedSigningKey(key=key, secret=secret)


def _created(key: SigningKey) -> events.SigningKeyCreated:
    return events.SigningKeyCreated(
        subject=key.public_id,
        subject_label=key.name,
        key_id=key.key_id,
        api_key=key.api_key.public_id,
        algorithm=key.algorithm,
        expires_at=clock.rfc3339(key.expires_at),
    )


def _rotated(key: SigningKey, *, successor: SigningKey) -> events.SigningKeyRotated:
    return events.SigningKeyRotated(
        subject=key.public_id,
        subject_label=key.name,
        key_id=key.key_id,
        api_key=key.api_key.public_id,
        replaced_by=successor.public_id,
        works_until=clock.rfc3339(key.expires_at),
    )
