"""Reading API keys."""

import hmac
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from identity import key_check
from identity.key_format import KeyText
from identity.models import ApiKey, KeyState, ServiceAccount, User
from identity.problems import KeyNotFound
from identity.queries.people import person_of
from kernel import clock, ids, tenancy
from kernel.actors import Actor, ActorKind

OWNER_KINDS = ("person", "service_account")


def api_keys(q: str = "", state: str = "", owner_id: UUID | None = None, owner_kind: str = "") -> QuerySet[ApiKey]:
    """The tenant's keys with their owners; `q` is part of a name or of what is displayed, `state` one of `models.KeyState`.

    `owner_id` is that of a person or a service account, `owner_kind` one of OWNER_KINDS.
    """
    found = ApiKey.objects.select_related("owner", "service_account")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(display__icontains=q))
    if owner_id is not None:
        found = found.filter(Q(owner_id=owner_id) | Q(service_account_id=owner_id))
    if owner_kind:
        found = found.filter(service_account__isnull=owner_kind == "person")
    return found.filter(_in_state(state)) if state else found


def api_key(id: UUID) -> ApiKey:  # noqa: A002
    """One key with its owner. Raises KeyNotFound."""
    return _one_key(api_keys().filter(id=id))


def api_key_for_update(id: UUID) -> ApiKey:  # noqa: A002
    """One key, locked until the transaction ends. Raises KeyNotFound."""
    return _one_key(_locked().filter(id=id))


def api_key_of_text(text: KeyText) -> ApiKey | None:
    """The key of a well-formed text whose secret is right, locked until the transaction ends; None for all others."""
    key = _locked().filter(key_id=text.key_id).first()
    return key if key is not None and hmac.compare_digest(bytes(key.secret_hash), key_check.digest(text)) else None


def api_keys_out_of_overlap() -> QuerySet[ApiKey]:
    """Replaced keys whose overlap is over and that are not marked as ended yet, locked until the transaction ends."""
    return _locked(skips_taken=True).filter(revoked_at=None, overlap_until__lte=clock.now()).order_by("id")


def replacements_of(keys: Iterable[ApiKey]) -> dict[UUID, ApiKey]:
    """The key that replaced each of some keys, by the id of the replaced one."""
    found = ApiKey.objects.filter(rotated_from__in=[key.id for key in keys])
    return {key.rotated_from_id: key for key in found if key.rotated_from_id is not None}


def is_own_key(key: ApiKey, *, actor: Actor) -> bool:
    """Whether a key is the actor itself, or belongs to the person who acts without a key."""
    if actor.id == key.public_id:
        return True
    own = person_of(actor) if actor.kind is ActorKind.PERSON else None
    return own is not None and key.owner_id == own.id


def may_be_told_secret_of(key: ApiKey, *, actor: Actor) -> bool:
    """Whether a new secret that acts as a key may be given to an actor: none of another person; the system, and the operator from outside, get any."""
    if key.owner_id is None or actor.kind is ActorKind.SYSTEM or actor.tenant_id != tenancy.current().id:
        return True
    own = person_of(actor)
    return own is not None and own.id == key.owner_id


def holder_of(actor: Actor) -> User | ServiceAccount | None:
    """The person or service account of this tenant who acts, by themselves or by a key; None for the system and callers from another tenant."""
    own = person_of(actor)
    if own is not None or actor.kind is not ActorKind.KEY or actor.tenant_id != tenancy.current().id:
        return own
    return ServiceAccount.objects.filter(api_keys__id=ids.parse("key", actor.id)).first()


def key_actor(presented: str) -> Actor:
    """The actor of a presented API key, in one statement. Raises KeyRefused, whose reason stands only in the trail, and KeyTooFast."""
    return key_check.actor_of(presented)


def _in_state(state: str) -> Q:
    moment = clock.now()
    over = Q(expires_at__lte=moment) | Q(overlap_until__lte=moment)
    conditions = {
        KeyState.REVOKED: Q(revoked_at__isnull=False),
        KeyState.EXPIRED: Q(over, revoked_at=None),
        KeyState.ACTIVE: Q(~over, revoked_at=None),
    }
    return conditions.get(KeyState(state), Q(pk=None)) if state in set(KeyState) else Q(pk=None)


def _locked(*, skips_taken: bool = False) -> QuerySet[ApiKey]:
    return api_keys().select_for_update(of=("self",), skip_locked=skips_taken)


def _one_key(found: QuerySet[ApiKey]) -> ApiKey:
    row = found.first()
    if row is None:
        raise KeyNotFound("Look it up in the list of API keys: there is no such key here.")
    return row
