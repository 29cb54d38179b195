"""Sealing and signing the log: what the sealer does by itself, and what a person may ask of it."""

import structlog

from audit import epochs, events, sealing, signing, signing_keys, turns
from audit.actions.recording import record
from audit.models import Checkpoint, SigningKey
from audit.permissions import Permission
from audit.problems import EpochUndecided
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose

SEALER = Actor.system("audit.sealer")
AWAY = "Nothing was changed. Try again when the home database answers."

log = structlog.get_logger(__name__)


def seal_pending() -> int:
    """Seal all that waits in the active tenant (entered with purpose SEAL); the number sealed.

    After a full batch the end of the log is signed; otherwise that is left to `sign_due`, so that no entry waits for a signature. What comes while
    the last batch is sealed has a nudge of its own: a sealer that waited for the end of a busy queue would seal entry by entry.
    """
    total = taken = sealing.seal_batch()
    while taken == sealing.BATCH:
        sign_due()
        taken = sealing.seal_batch()
        total += taken
    return total


def sign_due() -> None:
    """Sign the end of the active tenant's log (entered with purpose SEAL) when it is time: two seconds or 5,000 entries behind the last checkpoint."""
    if signing.is_due():
        sign_log()


def sign_log() -> None:
    """Sign the end of the active tenant's log (entered with purpose SEAL), unless it is signed.

    While home is away nothing is signed. A log that does not continue what was signed begins a new epoch instead, which is signed next.
    """
    try:
        signing.sign()
    except epochs.HomeAway as away:
        log.warning("checkpoint.waits", tenant=tenancy.current().slug, why=str(away).partition("\n")[0])
    except signing.Diverged as found:
        log.error("checkpoint.diverged", tenant=tenancy.current().slug, epoch=found.epoch, why=found.why)  # noqa: TRY400  (no fault of ours)
        begin_epoch(reason=found.why, instead_of=found.epoch, actor=SEALER)


@tenancy.atomic
def begin_epoch(*, reason: str, actor: Actor, instead_of: int | None = None) -> int:
    """Have the log go on under a new name and key, because it does not continue what was signed; the epoch's number.

    The first entry of the new epoch tells why, and carries the last checkpoint of the old one. `instead_of` is the epoch that is to end: when it has
    ended already, nothing is done. Raises Forbidden, EpochUndecided.
    """
    actor.require(Permission.WRITE_KEYS)
    here = tenancy.current()
    last = _last_published()
    with tenancy.activate(here, purpose=Purpose.SEAL):
        turns.take()
        former = epochs.present()
        if instead_of not in {None, former}:
            return former
        epoch = epochs.begin(after=0 if last is None else last.epoch)
    with tenancy.activate(here, purpose=Purpose.OPERATOR):
        entry_id = record(_begun(epoch, reason=reason, last=last), actor=actor)
    with tenancy.activate(here, purpose=Purpose.SEAL):
        sealing.seal_one(entry_id)
    return epoch


@tenancy.atomic
def rotate_signing_key(*, actor: Actor) -> SigningKey:
    """Have the log signed with a new key from the next checkpoint on; the key. The old public key stays listed. Raises Forbidden."""
    actor.require(Permission.WRITE_KEYS)
    with tenancy.activate(tenancy.current(), purpose=Purpose.SEAL):
        turns.take()
        epoch = epochs.present()
        former = signing_keys.present(epoch)
        key = signing_keys.make(epoch)
    event = events.SigningKeyRotated(
        subject=key.public_id,
        subject_label=key.origin[:200],
        epoch=epoch,
        old_verifier="" if former is None else signing_keys.verifier_of(former),
        new_verifier=signing_keys.verifier_of(key),
    )
    record(event, actor=actor)
    return key


def _last_published() -> epochs.Published | None:
    """What was given out last: as home knows it, and before home was asked for the first time, as the log does."""
    try:
        return epochs.published() or Checkpoint.objects.order_by("-epoch", "-size").first()
    except epochs.HomeAway as away:
        raise EpochUndecided(AWAY) from away


def _begun(epoch: int, *, reason: str, last: epochs.Published | None) -> events.EpochBegun:
    return events.EpochBegun(
        subject=tenancy.current().slug,
        epoch=epoch,
        reason=reason[:500],
        last_epoch=0 if last is None else last.epoch,
        last_size=0 if last is None else last.size,
        last_note="" if last is None else last.note,
    )
