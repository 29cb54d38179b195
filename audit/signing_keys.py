"""The keys that sign a tenant's log. The private part is sealed for the tenant and opens only there, in its own row."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit import notes
from audit.models import SigningKey
from kernel import clock, ids, sealing, tenancy


def origin_of(epoch: int) -> str:
    """The name of the active tenant's log in an epoch: the operator's host and the tenant's id, never the tenant's name, for notes are handed around."""
    return f"{settings.OPERATOR_HOST}/audit/{tenancy.current().id}/{epoch}"


def present(epoch: int) -> SigningKey | None:
    """The key that signs in an epoch; None while there is none."""
    return SigningKey.objects.filter(epoch=epoch, retired_at=None).order_by("-id").first()


def is_own(key: SigningKey) -> bool:
    """Whether a key was made for the active tenant, and not for the one that its rows were copied from."""
    return key.origin.split("/")[-2:] == [str(tenancy.current().id), str(key.epoch)]


def make(epoch: int) -> SigningKey:
    """A new key for an epoch, in place of the present one. An epoch keeps the name that it began with, even if the operator's host changes."""
    private, identifier, now = Ed25519PrivateKey.generate(), ids.new_id(), clock.now()
    former = SigningKey.objects.filter(epoch=epoch).order_by("id").first()
    SigningKey.objects.filter(epoch=epoch, retired_at=None).update(retired_at=now)
    return SigningKey.objects.create(
        id=identifier,
        epoch=epoch,
        origin=former.origin if former is not None and is_own(former) else origin_of(epoch),
        public=private.public_key().public_bytes_raw(),
        sealed_private=sealing.seal(private.private_bytes_raw(), context=_place(identifier)),
        created_at=now,
    )


def signed(text: str, *, key: SigningKey) -> str:
    """The note of a text. Raises Unsealable when the key's private part does not open here."""
    private = sealing.unseal(key.sealed_private, context=_place(key.id))
    return notes.sign(text, name=key.origin, private=private)


def verifier_of(key: SigningKey) -> str:
    """The public part as people hand it on."""
    return notes.verifier_key(key.origin, bytes(key.public))


def _place(key_id: UUID) -> str:
    return f"audit.signing_key:{tenancy.current().id}:{key_id}"
