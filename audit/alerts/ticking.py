"""What no entry tells, because it is something that did not happen: asked once a minute, and given to the rules of the service `clock`."""

from datetime import datetime

from audit import following
from audit.alerts.fields import Fields
from audit.models import Anchor, Checkpoint
from kernel import clock

HOUR_S = 3600


def facts() -> list[Fields]:
    """One map of fields for each place outside this installation that should have got a checkpoint by now and has not.

    `anchoring.hours_behind` counts whole hours since the time that was set for it. A paused one, and one that has the newest checkpoint, are not
    behind.
    """
    newest = Checkpoint.objects.order_by("-epoch", "-size").first()
    if newest is None:
        return []
    now, size = clock.now(), following.log_size()
    behind = Anchor.objects.filter(paused_at=None, next_at__lt=now).exclude(last_epoch=newest.epoch, last_size=newest.size)
    return [_fields(anchor, now=now, seq=size) for anchor in behind]


def _fields(anchor: Anchor, *, now: datetime, seq: int) -> Fields:
    due = anchor.created_at if anchor.last_at is None else anchor.last_at
    hours = int((now - due).total_seconds() - anchor.every_s) // HOUR_S
    moment = clock.rfc3339(now)
    return {
        "seq": seq, "action": "clock.anchoring", "received_at": moment, "subject.id": anchor.public_id, "subject.kind": "anchor",
        "subject.label": anchor.name, "anchoring.hours_behind": max(0, hours),
    }  # fmt: skip
