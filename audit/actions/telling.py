"""Telling people: what waits to be told is claimed, sent outside any transaction, and noted as told.

A worker that dies between sending and noting leaves its claim to run out; then the message is sent once more, with the same key, by which the
receiver can know it. Nothing is lost, and twice is rare.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from audit import queries
from audit.alerts import opening, telling
from audit.alerts.telling import Message
from audit.models import AlertChannel, Notification
from kernel import clock, tenancy
from kernel.problems import Problem

CLAIM = timedelta(minutes=2)
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 3600
HELD = "held back: the channel's limit for this hour is reached"
TOGETHER = "told together with others"
BATCH = 200

log = structlog.get_logger(__name__)


def tell_due() -> int:
    """Tell on every channel what is due; the number of messages that were taken."""
    return sum(_tell_on(channel) for channel in AlertChannel.objects.filter(paused_at=None).order_by("id"))


def tell_trial(channel_id: UUID) -> None:
    """Send a message for trial and note on the channel what came of it. Raises ChannelNotFound."""
    channel = queries.channel(channel_id)
    fault = _fault_of(channel, telling.of_trial(channel))
    _note_on_channel(channel, fault=fault)


def _tell_on(channel: AlertChannel) -> int:
    single, together = _claimed(channel)
    told = 0
    for row in single:
        told += _sent(channel, [row], message=_message(row))
    if together:
        told += _sent(channel, together, message=telling.of_digest([row.alert for row in together]))
    return told


@tenancy.atomic
def _claimed(channel: AlertChannel) -> tuple[list[Notification], list[Notification]]:
    """What this worker tells now: one by one as far as the hour's limit goes, and together what was held back in an hour before."""
    now = clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    waiting = queries.due_notifications(at=now).filter(channel=channel)
    due = list(waiting.select_related("alert").select_for_update(of=("self",), skip_locked=True).order_by("id")[:BATCH])
    together = [row for row in due if row.fault == HELD]
    told = Notification.objects.filter(channel=channel, told_at__gte=hour).exclude(fault=TOGETHER).count()
    room = max(0, channel.most_per_hour - told)
    single = [row for row in due if row.fault != HELD]
    _hold(single[room:], until=hour + timedelta(hours=1))
    _claim([*single[:room], *together], until=now + CLAIM)
    return single[:room], together


def _hold(rows: Sequence[Notification], *, until: datetime) -> None:
    Notification.objects.filter(id__in=[row.id for row in rows]).update(not_before=until, fault=HELD)


def _claim(rows: Sequence[Notification], *, until: datetime) -> None:
    Notification.objects.filter(id__in=[row.id for row in rows]).update(not_before=until)


def _message(row: Notification) -> Message:
    rule = next((each.rule for each in queries.alert_rules() if each.key == row.alert.rule_key), None)
    return telling.of_alert(row.alert, response=rule.response if rule else ())


def _sent(channel: AlertChannel, rows: Sequence[Notification], *, message: Message) -> int:
    fault = _fault_of(channel, message)
    _note_on_channel(channel, fault=fault)
    found = Notification.objects.filter(id__in=[row.id for row in rows])
    if not fault:
        found.update(told_at=clock.now(), fault=TOGETHER if len(rows) > 1 else "")
        opening.note_told(row.alert_id for row in rows)
        return 1
    attempts = rows[0].attempts + 1
    wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (attempts - 1))
    kept = HELD if rows[0].fault == HELD else fault
    found.update(attempts=attempts, not_before=clock.now() + timedelta(seconds=wait_s), fault=kept)
    if attempts >= queries.ATTEMPTS:
        log.warning("audit.not_told", channel=channel.public_id, messages=len(rows), why=fault)
    return 0


def _fault_of(channel: AlertChannel, message: Message) -> str:
    """Send it; why it was not taken, empty when it was."""
    try:
        telling.tell(channel, message)
    except Problem as fault:
        return f"{fault.title}: {fault.detail}"[:500]
    return ""


@tenancy.atomic
def _note_on_channel(channel: AlertChannel, *, fault: str) -> None:
    row = AlertChannel.objects.select_for_update().filter(id=channel.id).first()
    if row is None:
        return
    row.attempts, row.fault = (row.attempts + 1, fault) if fault else (0, "")
    row.told_at = row.told_at if fault else clock.now()
    row.save(update_fields=["attempts", "fault", "told_at"])
