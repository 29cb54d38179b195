"""Giving one checkpoint to one anchor."""

from collections.abc import Mapping

import orjson

from audit import signing_keys
from audit.anchors import mail, object_lock, timestamp, witness
from audit.models import Anchor, AnchorKind, Checkpoint, SigningKey
from kernel import sealing

SUFFIXES = {AnchorKind.MAIL: "json", AnchorKind.WITNESS: "cosignature", AnchorKind.TIMESTAMP: "tsr", AnchorKind.OBJECT_LOCK: "json"}
"""What the file of a receipt ends with."""


def give(checkpoint: Checkpoint, *, anchor: Anchor) -> bytes:
    """Give it; the receipt. Raises a Problem that says what to do next."""
    settings = anchor.settings
    if anchor.kind == AnchorKind.MAIL:
        return mail.give(checkpoint, settings=settings, verifier=_verifier(checkpoint))
    if anchor.kind == AnchorKind.WITNESS:
        known = anchor.last_size if anchor.last_epoch == checkpoint.epoch else 0
        return witness.give(checkpoint, settings=settings, known_size=min(known, checkpoint.size))
    if anchor.kind == AnchorKind.TIMESTAMP:
        return timestamp.give(checkpoint, settings=settings)
    return object_lock.give(checkpoint, settings=settings, secret=secret_of(anchor))


def sealed_secret(secret: Mapping[str, str], *, anchor: Anchor) -> str:
    """What it takes to log in, sealed for this anchor alone."""
    return sealing.seal(orjson.dumps(dict(secret)), context=_context(anchor))


def secret_of(anchor: Anchor) -> dict[str, str]:
    """The secret, opened. Raises Unsealable."""
    if not anchor.sealed_secret:
        return {}
    opened: dict[str, str] = orjson.loads(sealing.unseal(anchor.sealed_secret, context=_context(anchor)))
    return opened


def _verifier(checkpoint: Checkpoint) -> str:
    """The public key that signed the checkpoint: the newest of its epoch that was made before."""
    keys = SigningKey.objects.filter(epoch=checkpoint.epoch, created_at__lte=checkpoint.signed_at).order_by("-id")
    return "\n".join(signing_keys.verifier_of(key) for key in keys[:1])


def _context(anchor: Anchor) -> str:
    return f"audit.anchor:{anchor.pk}"
