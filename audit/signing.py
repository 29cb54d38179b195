"""Signing: the end of the log becomes a checkpoint, a C2SP signed note that an auditor can check with the public key alone (ADR 23).

It is a step after sealing, in a transaction of its own: what it reads is committed, and so on every standby that commits wait for. Home is told
before the checkpoint can be seen by anybody, so that no failover makes the log shorter than what was given out.
"""

from datetime import datetime, timedelta

from django.db import connections

from audit import epochs, notes, signing_keys, tiles, turns
from audit.merkle import Frontier
from audit.models import Checkpoint, Head
from audit.notes import CheckpointText
from kernel import clock, tenancy

EVERY = timedelta(seconds=2)
EVERY_ENTRIES = 5000
UNSIGNED = """
SELECT h.size - coalesce(c.size, 0), c.signed_at
  FROM audit_head h
  LEFT JOIN LATERAL (SELECT size, signed_at FROM audit_checkpoint WHERE epoch = h.epoch ORDER BY size DESC LIMIT 1) c ON true
 WHERE h.id = 1
"""


class Diverged(Exception):
    """The log does not continue what was signed, so nothing is signed in this epoch; `epoch` is that of the log, `why` tells more."""

    def __init__(self, why: str, *, epoch: int) -> None:
        super().__init__(why)
        self.why, self.epoch = why, epoch


def is_due() -> bool:
    """Whether the end of the log should be signed now: two seconds after the last time, or 5,000 entries behind it."""
    behind, signed_at = _unsigned()
    if not behind:
        return False
    # A clock that was put back must not keep the log unsigned until it has caught up.
    return signed_at is None or behind >= EVERY_ENTRIES or not timedelta() <= clock.now() - signed_at < EVERY


def is_behind() -> bool:
    """Whether entries were sealed since the end of the log was signed."""
    return _unsigned()[0] > 0


def sign() -> Checkpoint | None:
    """Sign the end of the active tenant's log (entered with purpose SEAL); None when there is nothing new, or somebody else is at it.

    Raises Diverged, HomeAway, and Unsealable when the key was sealed with a key that is no longer in the ring.
    """
    with tenancy.atomic():
        if not turns.try_take():
            return None
        head = Head.objects.first()
        if head is None or not is_behind():
            return None
        frontier = _frontier_of(head)
        key = signing_keys.present(head.epoch)
        _require_continuous(head, is_foreign=key is not None and not signing_keys.is_own(key))
        key = key or signing_keys.make(head.epoch)
        root = frontier.root()
        text = notes.checkpoint_text(CheckpointText(origin=key.origin, size=head.size, root=root))
        note = signing_keys.signed(text, key=key)
        if not epochs.publish(epoch=head.epoch, size=head.size, root=root, note=note):
            raise Diverged("home knows a longer log than this one", epoch=head.epoch)
        return Checkpoint.objects.create(
            epoch=head.epoch, size=head.size, root=root, chain=bytes(head.chain), note=note, signed_at=clock.now()
        )


def _frontier_of(head: Head) -> Frontier:
    """The tree's frontier; a log that is older than the tree gets it here, if nothing was sealed since."""
    if not bytes(head.frontier):
        head.frontier = bytes(tiles.rebuild(head.size))
        head.save(update_fields=["frontier"])
    return Frontier(head.size, bytes(head.frontier))


def _require_continuous(head: Head, *, is_foreign: bool) -> None:
    why = "its keys are another tenant's, whose log was copied" if is_foreign else epochs.divergence(head, epochs.published())
    if why:
        raise Diverged(why, epoch=head.epoch)


def _unsigned() -> tuple[int, datetime | None]:
    """How many entries stand behind the last checkpoint, and when that was signed."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(UNSIGNED)
        found: tuple[int, datetime | None] = cursor.fetchone() or (0, None)
    return found
