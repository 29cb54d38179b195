"""Changing who is told of alerts."""

from uuid import UUID

from audit import events, queries
from audit.actions import recording
from audit.alerts import telling
from audit.models import AlertChannel, ChannelKind
from audit.permissions import Permission
from audit.problems import ChannelNameTaken, TooManyChannels
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.problems import require_version
from kernel.tasks import enqueue

CHANNELS = 20


@tenancy.atomic
def create_channel(
    name: str, *, kind: ChannelKind, target: str, from_severity: int, most_per_hour: int, actor: Actor
) -> AlertChannel:
    """Tell people of alerts by one more way.

    `target` by kind: a mail address; a https address for webhook and slack; for pagerduty a routing key, or an address, `#` and the key. Alerts of
    `from_severity` (1 to 5) and above are told, at most `most_per_hour` one by one, the others together. Raises Forbidden, ChannelNameTaken,
    TooManyChannels, Invalid, MailRefused, UnsafeAddress, Unreachable.
    """
    actor.require(Permission.WRITE_RULES)
    telling.require_target(kind, target)
    names = list(AlertChannel.objects.select_for_update().values_list("name", flat=True))
    if name in names:
        raise ChannelNameTaken("Take another name.", name=name)
    if len(names) >= CHANNELS:
        raise TooManyChannels("Delete a channel that nobody needs.", limit=CHANNELS)
    identifier = ids.new_id()
    row = AlertChannel.objects.create(
        id=identifier, name=name, kind=kind, sealed_target=telling.sealed(target, channel_id=identifier),
        shown_target=telling.masked(kind, target), from_severity=from_severity, most_per_hour=most_per_hour,
    )  # fmt: skip
    event = events.ChannelCreated(
        subject=row.public_id, subject_label=row.name, kind=row.kind, target=row.shown_target, from_severity=from_severity
    )
    recording.record(event, actor=actor)
    return row


@tenancy.atomic
def change_channel(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    name: str,
    target: str,
    from_severity: int,
    most_per_hour: int,
    actor: Actor,
    expected_version: int | None = None,
) -> AlertChannel:
    """Change a channel; an empty `target` keeps the address. Raises as `create_channel`, and ChannelNotFound, PreconditionFailed."""
    actor.require(Permission.WRITE_RULES)
    kind = queries.channel(id).kind
    if target:
        telling.require_target(kind, target)
    row = queries.channel_for_update(id)
    require_version(row, expected=expected_version)
    if AlertChannel.objects.exclude(id=row.id).filter(name=name).exists():
        raise ChannelNameTaken("Take another name.", name=name)
    shown = telling.masked(kind, target) if target else row.shown_target
    event = events.ChannelChanged(
        subject=row.public_id, subject_label=name, old_target=row.shown_target, new_target=shown, old_from_severity=row.from_severity,
        new_from_severity=from_severity, old_most_per_hour=row.most_per_hour, new_most_per_hour=most_per_hour, target_changed=bool(target),
    )  # fmt: skip
    if target:
        row.sealed_target, row.attempts, row.fault = telling.sealed(target, channel_id=row.id), 0, ""
    row.name, row.shown_target, row.from_severity, row.most_per_hour = name, shown, from_severity, most_per_hour
    row.version += 1
    row.save()
    recording.record(event, actor=actor)
    return row


@tenancy.atomic
def pause_channel(id: UUID, *, actor: Actor) -> AlertChannel:  # noqa: A002  (as above)
    """Tell nobody by a channel; what is opened meanwhile is not told later. Idempotent. Raises Forbidden, ChannelNotFound."""
    actor.require(Permission.WRITE_RULES)
    row = queries.channel_for_update(id)
    if row.paused_at is not None:
        return row
    row.paused_at = clock.now()
    row.version += 1
    row.save(update_fields=["paused_at", "version"])
    row.notifications.filter(told_at=None).delete()
    recording.record(events.ChannelPaused(subject=row.public_id, subject_label=row.name), actor=actor)
    return row


@tenancy.atomic
def resume_channel(id: UUID, *, actor: Actor) -> AlertChannel:  # noqa: A002  (as above)
    """Tell people by a paused channel again. Idempotent. Raises Forbidden, ChannelNotFound."""
    actor.require(Permission.WRITE_RULES)
    row = queries.channel_for_update(id)
    if row.paused_at is None:
        return row
    row.paused_at = None
    row.version += 1
    row.save(update_fields=["paused_at", "version"])
    recording.record(events.ChannelResumed(subject=row.public_id, subject_label=row.name), actor=actor)
    return row


@tenancy.atomic
def delete_channel(id: UUID, *, actor: Actor, expected_version: int | None = None) -> None:  # noqa: A002  (as above)
    """Remove a channel, with what it still had to tell. Raises Forbidden, ChannelNotFound, PreconditionFailed."""
    actor.require(Permission.WRITE_RULES)
    row = queries.channel_for_update(id)
    require_version(row, expected=expected_version)
    event = events.ChannelDeleted(subject=row.public_id, subject_label=row.name, kind=row.kind)
    row.delete()
    recording.record(event, actor=actor)


@tenancy.atomic
def test_channel(id: UUID, *, actor: Actor) -> str:  # noqa: A002  (as above)
    """Have a message for trial sent by a worker, and see what it says; whether it arrived the channel tells then. Raises Forbidden, ChannelNotFound."""
    actor.require(Permission.WRITE_RULES)
    row = queries.channel(id)
    enqueue("audit.test_channel", channel_id=str(row.id))
    recording.record(events.ChannelTested(subject=row.public_id, subject_label=row.name, kind=row.kind), actor=actor)
    return queries.trial_message(row)
