"""Writing API keys: create, revoke."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import events, inputs, key_check, key_format, queries, reach
from identity.models import ApiKey, User
from identity.permissions import Permission
from identity.problems import KeyNeedsOwner
from kernel import clock, problems, tenancy
from kernel.actors import Actor, ActorKind

DEFAULT_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class Created:
    """A new key and its secret, the whole `fh_…` text, which is shown once and not stored."""

    key: ApiKey
    secret: str


@tenancy.atomic
def create_api_key(
    name: str,
    *,
    scopes: Iterable[str],
    expires_in_days: int = DEFAULT_DAYS,
    owner_id: UUID | None = None,
    actor: Actor,
) -> Created:
    """Make a key that may do what its scopes and its owner's roles both allow, whatever the roles become.

    People and keys make keys for their own person. The system, and the operator acting from outside, name an `owner_id` of this tenant.
    Raises Forbidden, BeyondOwnGrants, InputInvalid, KeyNeedsOwner, NotFound.
    """
    actor.require(Permission.WRITE_KEYS)
    called = inputs.name(name)
    granted = inputs.grant_list(scopes, pointer="/scopes")
    days = inputs.key_days(expires_in_days)
    reach.require_within(actor, granted)
    owner = _owner(owner_id, actor=actor)
    text = key_format.generate(tenant_code=tenancy.current().code)
    moment = clock.now()
    key = ApiKey.objects.create(
        key_id=text.key_id,
        secret_hash=key_check.digest(text),
        display=text.display,
        name=called,
        scopes=granted,
        owner=owner,
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    audit.record(
        events.KeyCreated(
            subject=key.public_id,
            subject_label=key.name,
            key_id=key.key_id,
            owner=owner.public_id,
            scopes=granted,
            expires_at=clock.rfc3339(key.expires_at),
        ),
        actor=actor,
    )
    return Created(key=key, secret=text.text)


@tenancy.atomic
def revoke_api_key(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    reason: str,
    expected_version: int | None = None,
    actor: Actor,
) -> ApiKey:
    """Refuse a key from the next request on, for good. Any key of the tenant: stopping a leak must not wait for its owner.

    Idempotent: a revoked key stays as it is. Raises Forbidden, InputInvalid, NotFound, PreconditionFailed.
    """
    actor.require(Permission.WRITE_KEYS)
    why = inputs.reason(reason)
    key = queries.api_key_for_update(id)
    if key.revoked_at is not None:
        return key
    problems.require_version(key, expected=expected_version)
    key.revoked_at = clock.now()
    key.revoke_reason = why
    key.version += 1
    key.save(update_fields=["revoked_at", "revoke_reason", "version"])
    audit.record(events.KeyRevoked(subject=key.public_id, subject_label=key.name, key_id=key.key_id, reason=why), actor=actor)
    return key


def _owner(owner_id: UUID | None, *, actor: Actor) -> User:
    """The person that the key will belong to, locked so that they cannot be deactivated at the same moment."""
    own = queries.person_of(actor)
    is_from_outside = actor.kind is ActorKind.SYSTEM or actor.tenant_id != tenancy.current().id
    if owner_id is not None and not is_from_outside and (own is None or own.id != owner_id):
        raise KeyNeedsOwner("Leave the owner out: you make keys for yourself only.")
    chosen = owner_id or (own.id if own else None)
    if chosen is None:
        raise KeyNeedsOwner("Name a person of this tenant as the owner of the key.")
    owner = queries.person_for_update(chosen)
    if not owner.is_active:
        raise KeyNeedsOwner(
            "The owner must be active: let them accept their invitation, or resume them.", person_status=str(owner.status)
        )
    return owner
