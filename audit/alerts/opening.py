"""From findings to alerts: one open alert for each rule and group, on which what happens again is counted.

Idempotent by the place in the log: a finding at or before the last place that an alert of its group knows, open or closed, changes nothing.
"""

from collections.abc import Iterable

from django.db.models import F, Max

from audit.alerts.judging import Finding
from audit.models import Alert, AlertChannel, AlertState, Notification
from kernel import clock

SEQS = 50
"""An alert names at most so many entries, the newest; it counts all of them."""

Key = tuple[str, str]


def opened(findings: Iterable[Finding]) -> list[Alert]:
    """Count findings on the alerts that are open, and open those that are missing; the newly opened ones."""
    ordered = sorted(findings, key=lambda finding: finding.seq)
    if not ordered:
        return []
    keys, groups = {finding.key for finding in ordered}, {finding.group for finding in ordered}
    among = Alert.objects.filter(rule_key__in=keys, group__in=groups)
    open_ones: dict[Key, Alert] = {
        (alert.rule_key, alert.group): alert for alert in among.exclude(state=AlertState.CLOSED).select_for_update().order_by("id")
    }
    done: dict[Key, int] = {
        (key, group): last
        for key, group, last in among.filter(state=AlertState.CLOSED)
        .values_list("rule_key", "group")
        .annotate(last=Max("last_seq"))
    }
    fresh, again = [], dict[Key, Alert]()
    for finding in ordered:
        place = (finding.key, finding.group)
        alert = open_ones.get(place)
        if alert is None and finding.seq > done.get(place, 0):
            open_ones[place] = _begun(finding)
            fresh.append(open_ones[place])
        elif alert is not None and finding.seq > alert.last_seq:
            _count(alert, finding)
            again[place] = alert
    Alert.objects.bulk_create(fresh)
    Alert.objects.bulk_update(
        [alert for place, alert in again.items() if alert not in fresh], ["number", "last_seq", "seqs", "facts"]
    )
    return fresh


def tell_later(alerts: Iterable[Alert], *, muted: frozenset[str]) -> int:
    """Write down who is to be told of new alerts; the number of messages. A muted rule's alerts are told to nobody."""
    channels = list(AlertChannel.objects.filter(paused_at=None))
    wanted = [
        Notification(alert=alert, channel=channel)
        for alert in alerts
        for channel in channels
        if alert.rule_key not in muted and alert.severity >= channel.from_severity
    ]
    Notification.objects.bulk_create(wanted)
    return len(wanted)


def note_told(alert_ids: Iterable[object]) -> None:
    """Note on alerts that somebody was told of them, unless it is noted already."""
    Alert.objects.filter(id__in=list(alert_ids), told_at=None).update(told_at=clock.now(), version=F("version"))


def _begun(finding: Finding) -> Alert:
    return Alert(
        rule_key=finding.key, title=finding.rule.title, severity=finding.rule.severity, group=finding.group, first_seq=finding.seqs[0],
        last_seq=finding.seq, seqs=list(finding.seqs[-SEQS:]), facts=finding.facts, happened_at=finding.happened_at,
    )  # fmt: skip


def _count(alert: Alert, finding: Finding) -> None:
    alert.number += 1
    alert.last_seq = finding.seq
    alert.seqs = sorted({*alert.seqs, *finding.seqs})[-SEQS:]
    alert.facts = finding.facts
