"""Reading alerts, rules and channels."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.alerts import catalogue, telling
from audit.alerts.catalogue import Listed
from audit.models import Alert, AlertChannel, AlertState, Entry, Notification, Seal
from audit.problems import AlertNotFound, ChannelNotFound

ATTEMPTS = 10
"""So often a message is tried, over about four hours."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message of an alert: by which channel, when it was taken (None: not yet), how often it was tried, why not."""

    channel: str
    told_at: datetime | None
    attempts: int
    fault: str


def alerts(*, q: str = "", state: str = "", rule: str = "", severity: int = 0) -> QuerySet[Alert]:
    """Alerts; `severity` is the least one, `state` may be `unanswered` for all that are not closed, `q` searches title, rule and group."""
    found = Alert.objects.all()
    if q:
        found = found.filter(Q(title__icontains=q) | Q(rule_key__icontains=q) | Q(group__icontains=q))
    if state == "unanswered":
        found = found.exclude(state=AlertState.CLOSED)
    elif state:
        found = found.filter(state=state)
    if rule:
        found = found.filter(rule_key=rule)
    return found.filter(severity__gte=severity) if severity else found


def alert(alert_id: UUID) -> Alert:
    """One alert. Raises AlertNotFound."""
    return _alert(Alert.objects.filter(pk=alert_id).first())


def alert_for_update(alert_id: UUID) -> Alert:
    """The same, locked for the running transaction."""
    return _alert(Alert.objects.select_for_update().filter(pk=alert_id).first())


def open_alerts() -> int:
    """How many alerts nobody has answered yet."""
    return Alert.objects.filter(state=AlertState.OPEN).count()


def entries_of(found: Alert) -> list[tuple[int, Entry]]:
    """The entries that an alert names, with their places, oldest first; those that were pruned are missing."""
    seals = dict(Seal.objects.filter(seq__in=found.seqs).values_list("entry_id", "seq"))
    rows = Entry.objects.filter(pk__in=list(seals))
    return sorted(((seals[row.pk], row) for row in rows), key=lambda pair: pair[0])


def told_of(found: Alert) -> list[Told]:
    """Who was told of an alert, or is to be."""
    rows = Notification.objects.filter(alert=found).select_related("channel").order_by("id")
    return [Told(row.channel.name, row.told_at, row.attempts, row.fault) for row in rows]


def due_notifications(*, at: datetime) -> QuerySet[Notification]:
    """What waits to be told at a moment; what failed ten times is given up."""
    return Notification.objects.filter(told_at=None, attempts__lt=ATTEMPTS, not_before__lte=at)


def alert_rules(*, q: str = "") -> list[Listed]:
    """All rules of the tenant, built-in ones included, by key; at most 100 and the built-in ones. `q` searches key and title."""
    return [each for each in catalogue.all_rules() if q.lower() in f"{each.key} {each.title}".lower()]


def alert_rule(key: str) -> Listed:
    """One rule. Raises RuleNotFound."""
    return catalogue.one(key)


def channels(*, q: str = "") -> QuerySet[AlertChannel]:
    """The ways by which people are told; `q` searches the name."""
    found = AlertChannel.objects.all()
    return found.filter(name__icontains=q) if q else found


def channel(channel_id: UUID) -> AlertChannel:
    """One channel. Raises ChannelNotFound."""
    return _channel(AlertChannel.objects.filter(pk=channel_id).first())


def channel_for_update(channel_id: UUID) -> AlertChannel:
    """The same, locked for the running transaction."""
    return _channel(AlertChannel.objects.select_for_update().filter(pk=channel_id).first())


def trial_message(found: AlertChannel) -> str:
    """What a test of a channel sends, without its secret."""
    return telling.shown(found, telling.of_trial(found))


def _alert(found: Alert | None) -> Alert:
    if found is None:
        raise AlertNotFound("Check the id; alerts belong to the tenant in whose trail they were found.")
    return found


def _channel(found: AlertChannel | None) -> AlertChannel:
    if found is None:
        raise ChannelNotFound("Check the id; channels belong to the tenant that made them.")
    return found
