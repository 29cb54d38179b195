"""Writing API keys: create, change, revoke."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from audit import actions as audit
from identity import events, grants, inputs, key_bounds, key_check, key_format, key_inputs, networks, queries, reach, step_up
from identity.key_bounds import Bounds
from identity.models import ApiKey, KeyKind, KeyState, ServiceAccount, SigningKey, Status, User
from identity.permissions import Permission
from identity.problems import KeyEnded, KeyNeedsOwner, SigningKeyMissing, WouldLockOut
from kernel import clock, context, problems, tenancy
from kernel.actors import Actor, ActorKind

LIMITS = ("networks", "rate_per_s", "requires_signature")
CHANGING = ("name", "scopes", *LIMITS)


@dataclass(frozen=True, slots=True)
class Created:
    """A new key and its secret, the whole `fh_…` text, which is shown once and not stored."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """How a new key is bounded: `networks` it may be used from (none: any), how often a second (0: no limit of its own)."""

    kind: str = KeyKind.LIVE
    networks: Iterable[str] = ()
    rate_per_s: int = 0


ANY_TERMS: Final = KeyTerms()


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """How a key is to be bounded from now on; None leaves as it is."""

    networks: Iterable[str] | None = None
    rate_per_s: int | None = None
    requires_signature: bool | None = None


SAME_LIMITS: Final = KeyLimits()


@tenancy.atomic
def create_api_key(
    name: str,
    *,
    scopes: Iterable[str],
    expires_in_days: int | None = None,
    owner_id: UUID | None = None,
    service_account_id: UUID | None = None,
    terms: KeyTerms = ANY_TERMS,
    actor: Actor,
) -> Created:
    """Make a key that may do what its scopes and its owner's roles both allow, whatever the roles become.

    People and keys make keys for their own person, or for a service account; keys make none that is freer than they are. The system, and the
    operator acting from outside, name one or the other. Raises Forbidden, BeyondOwnGrants, BeyondOwnLimits, InputInvalid, KeyNeedsOwner, NotFound, StepUpNeeded.
    """
    actor.require(Permission.WRITE_KEYS)
    step_up.require_recent(actor)
    kind = KeyKind(terms.kind)
    values: dict[str, Any] = {
        "name": inputs.name(name),
        "scopes": inputs.grant_list(scopes, pointer="/scopes"),
        "networks": key_inputs.network_list(terms.networks),
        "rate_per_s": key_inputs.rate(terms.rate_per_s),
    }
    life = timedelta(days=key_inputs.days(expires_in_days, kind=kind))
    reach.require_within(actor, values["scopes"])
    key_bounds.require_no_freer(actor, Bounds(values["networks"], terms.rate_per_s, requires_signature=False), life=life)
    if service_account_id is None:
        values["owner"] = _person(owner_id, actor=actor)
    else:
        values["service_account"] = _service_account(service_account_id, owner_id=owner_id)
    created = issue(values, kind=kind, lasts=life)
    audit.record(_created(created.key), actor=actor)
    return created


@tenancy.atomic
def change_api_key(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    name: str | None = None,
    scopes: Iterable[str] | None = None,
    limits: KeyLimits = SAME_LIMITS,
    expected_version: int | None = None,
    actor: Actor,
) -> ApiKey:
    """Give a key another name, other scopes or other limits; None leaves as it is.

    Scopes that the key does not have yet, and every other change of what protects it, are within one's own permissions only; a key makes none freer than
    itself. Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, BeyondOwnLimits, InputInvalid, KeyEnded, NotFound,
    PreconditionFailed, SigningKeyMissing, StepUpNeeded, WouldLockOut.
    """
    actor.require(Permission.WRITE_KEYS)
    step_up.require_recent(actor)
    given: dict[str, Any] = {
        "name": None if name is None else inputs.name(name),
        "scopes": None if scopes is None else inputs.grant_list(scopes, pointer="/scopes"),
        "networks": None if limits.networks is None else key_inputs.network_list(limits.networks),
        "requires_signature": limits.requires_signature,
    }
    wanted = {field: value for field, value in given.items() if value is not None}
    if limits.rate_per_s is not None:
        wanted["rate_per_s"] = key_inputs.rate(limits.rate_per_s)
    key = queries.api_key_for_update(id)
    problems.require_version(key, expected=expected_version)
    require_working(key)
    before = {field: getattr(key, field) for field in CHANGING}
    changed = {field: value for field, value in wanted.items() if value != before[field]}
    if not changed:
        return key
    _require_reach(key, changed=changed, actor=actor)
    if changed.get("requires_signature") and not queries.has_signing_key(key.id):
        raise SigningKeyMissing("Make a signing key of this API key first.")
    for column, value in changed.items():
        setattr(key, column, value)
    key.version += 1
    key.save(update_fields=[*changed, "version"])
    audit.record(_changed(key, before=before), actor=actor)
    return key


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
    if key.revoked_at is not None and not key.may_return:
        return key
    problems.require_version(key, expected=expected_version)
    end(key, reason=why)
    audit.record(events.KeyRevoked(subject=key.public_id, subject_label=key.name, key_id=key.key_id, reason=why), actor=actor)
    return key


def issue(values: dict[str, Any], *, kind: KeyKind, lasts: timedelta) -> Created:
    """Write the row of a new key, with a secret of its own."""
    prefix = key_format.TRIAL_PREFIX if kind is KeyKind.TRIAL else key_format.PREFIX
    text = key_format.generate(tenant_code=tenancy.current().code, prefix=prefix)
    moment = clock.now()
    key = ApiKey.objects.create(
        key_id=text.key_id,
        secret_hash=key_check.digest(text),
        display=text.display,
        created_at=moment,
        expires_at=moment + lasts,
        **values,
    )
    return Created(key=key, secret=text.text)


def end(key: ApiKey | SigningKey, *, reason: str) -> None:
    """Revoke a locked key, whatever overlap it had left."""
    key.revoked_at = clock.now()
    key.revoke_reason = reason
    key.version += 1
    key.save(update_fields=["revoked_at", "revoke_reason", "version"])


def require_working(key: ApiKey) -> None:
    """Go on only with a key that was neither revoked nor replaced and has not expired. Raises KeyEnded, whose `key_state` tells what it is."""
    if key.overlap_until is not None:
        raise KeyEnded("Another key replaced it; use that one.", key_state="rotated")
    if key.state is not KeyState.ACTIVE:
        raise KeyEnded("Make a new key.", key_state=str(key.state))


def require_secret_may_be_told(key: ApiKey, *, actor: Actor) -> None:
    """Go on only when the actor may hold a new secret that acts as this key. Raises BeyondOwnGrants, BeyondOwnLimits, KeyNeedsOwner.

    Nobody gets a secret that acts in the name of another person. The system, and the operator acting from outside, may.
    """
    if not queries.may_be_told_secret_of(key, actor=actor):
        raise KeyNeedsOwner("Ask whose key it is: whoever has its secret acts in their name.")
    is_from_outside = actor.kind is ActorKind.SYSTEM or actor.tenant_id != tenancy.current().id
    if not is_from_outside and not queries.is_own_key(key, actor=actor):
        reach.require_within(actor, key.scopes)


def _person(owner_id: UUID | None, *, actor: Actor) -> User:
    """The person that the key will belong to, locked so that they cannot be deactivated at the same moment."""
    own = queries.person_of(actor)
    is_from_outside = actor.kind is ActorKind.SYSTEM or actor.tenant_id != tenancy.current().id
    if owner_id is not None and not is_from_outside and (own is None or own.id != owner_id):
        raise KeyNeedsOwner("Leave the owner out: you make keys for yourself only.")
    chosen = owner_id or (own.id if own else None)
    if chosen is None:
        raise KeyNeedsOwner("Name a person or a service account of this tenant as the owner of the key.")
    owner = queries.person_for_update(chosen)
    if not owner.is_active:
        raise KeyNeedsOwner(
            "The owner must be active: let them accept their invitation, or resume them.", person_status=str(owner.status)
        )
    return owner


def _service_account(chosen: UUID, *, owner_id: UUID | None) -> ServiceAccount:
    """The service account that the key will belong to, locked as a person is."""
    if owner_id is not None:
        raise KeyNeedsOwner("Name a person or a service account, not both.")
    account = queries.service_account_for_update(chosen)
    if account.status != Status.ACTIVE:
        raise KeyNeedsOwner("The service account must be active: resume it first.", account_status=str(account.status))
    return account


def _require_reach(key: ApiKey, *, changed: dict[str, Any], actor: Actor) -> None:
    if "scopes" in changed:
        reach.require_within(actor, grants.uncovered(changed["scopes"], by=[frozenset(key.scopes)]))
    if changed.keys() & set(LIMITS) and not queries.is_own_key(key, actor=actor):
        reach.require_within(actor, key.scopes)
    if changed.keys() & set(LIMITS):
        now = {field: changed.get(field, getattr(key, field)) for field in LIMITS}
        key_bounds.require_no_freer(actor, Bounds(now["networks"], now["rate_per_s"] or 0, now["requires_signature"]))
    address = context.current().address
    if "networks" in changed and actor.id == key.public_id and not networks.holds(changed["networks"], address):
        raise WouldLockOut(f"This key is used from {address}, which is in none of the networks. Add it.", address=address)


def _created(key: ApiKey) -> events.KeyCreated:
    return events.KeyCreated(
        subject=key.public_id,
        subject_label=key.name,
        key_id=key.key_id,
        owner=key.holder.public_id,
        scopes=key.scopes,
        expires_at=clock.rfc3339(key.expires_at),
        kind=str(key.kind),
        networks=key.networks,
        rate_per_s=key.rate_per_s or 0,
    )


def _changed(key: ApiKey, *, before: dict[str, Any]) -> events.KeyChanged:
    return events.KeyChanged(
        subject=key.public_id,
        subject_label=key.name,
        key_id=key.key_id,
        old_name=before["name"],
        new_name=key.name,
        old_scopes=before["scopes"],
        new_scopes=key.scopes,
        old_networks=before["networks"],
        new_networks=key.networks,
        old_rate_per_s=before["rate_per_s"] or 0,
        new_rate_per_s=key.rate_per_s or 0,
        old_requires_signature=before["requires_signature"],
        new_requires_signature=key.requires_signature,
    )
