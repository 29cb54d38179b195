"""Reading keys that sign requests, and the actor of a signed request."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import request_signing
from identity.models import KeyState, SigningKey
from identity.problems import SigningKeyNotFound
from kernel import clock
from kernel.actors import Actor

SIGNING_ALGORITHMS = (request_signing.HMAC_SHA256, request_signing.ED25519)


def signing_keys(api_key_id: UUID, q: str = "", state: str = "") -> QuerySet[SigningKey]:
    """The keys that sign for an API key; `q` is part of a name or an id, `state` one of `models.KeyState`."""
    found = SigningKey.objects.select_related("api_key").filter(api_key_id=api_key_id)
    if q:
        found = found.filter(Q(name__icontains=q) | Q(key_id__icontains=q))
    return found.filter(_in_state(state)) if state else found


def signing_key(api_key_id: UUID, id: UUID) -> SigningKey:  # noqa: A002
    """One of them. Raises SigningKeyNotFound."""
    return _one(signing_keys(api_key_id).filter(id=id))


def signing_key_for_update(api_key_id: UUID, id: UUID) -> SigningKey:  # noqa: A002
    """The same, locked until the transaction ends. Raises SigningKeyNotFound."""
    return _one(signing_keys(api_key_id).select_for_update(of=("self",)).filter(id=id))


def signing_key_by_id(id: UUID) -> SigningKey:  # noqa: A002
    """One signing key of whichever API key, for the operator's command. Raises SigningKeyNotFound."""
    return _one(SigningKey.objects.select_related("api_key").filter(id=id))


def has_signing_key(api_key_id: UUID) -> bool:
    """Whether an API key has a key to sign with that works now."""
    return signing_keys(api_key_id, state=KeyState.ACTIVE).exists()


def signed_actor(message: request_signing.Message, *, presented: str = "") -> Actor:
    """The actor of a signed request, in one statement, or two when it holds an API key too. Raises SignatureRefused, NoncesUnavailable, KeyRefused, KeyTooFast."""
    return request_signing.actor_of(message, presented=presented)


def _in_state(state: str) -> Q:
    moment = clock.now()
    conditions = {
        "revoked": Q(revoked_at__isnull=False),
        "expired": Q(revoked_at=None, expires_at__lte=moment),
        "active": Q(revoked_at=None, expires_at__gt=moment),
    }
    return conditions.get(state, Q(pk=None))


def _one(found: QuerySet[SigningKey]) -> SigningKey:
    row = found.first()
    if row is None:
        raise SigningKeyNotFound("Look it up in the list of the API key's signing keys: there is no such key here.")
    return row
