"""Alerts, rules and channels as every door shows them to programs."""

from typing import Any

from audit.alerts.catalogue import Listed
from audit.alerts.judging import RuleTrial
from audit.models import Alert, AlertChannel
from audit.queries.alerts import entries_of, told_of
from kernel.clock import rfc3339, rfc3339_or_none


def alert_document(alert: Alert) -> dict[str, Any]:
    """The shape of one alert."""
    return {
        "id": alert.public_id, "rule": alert.rule_key, "title": alert.title, "severity": alert.severity, "group": alert.group,
        "state": alert.state, "number": alert.number, "first_seq": alert.first_seq, "last_seq": alert.last_seq, "seqs": alert.seqs,
        "facts": alert.facts, "happened_at": rfc3339(alert.happened_at), "opened_at": rfc3339(alert.opened_at),
        "told_at": rfc3339_or_none(alert.told_at), "answered_by": alert.answered_by, "answered_at": rfc3339_or_none(alert.answered_at),
        "note": alert.note, "version": alert.version,
    }  # fmt: skip


def one_alert_document(alert: Alert) -> dict[str, Any]:
    """The shape of one alert with its entries and messages."""
    entries = [{"seq": seq, "id": entry.public_id, "action": entry.action} for seq, entry in entries_of(alert)]
    told = [
        {"channel": each.channel, "told_at": rfc3339_or_none(each.told_at), "attempts": each.attempts, "fault": each.fault}
        for each in told_of(alert)
    ]
    return {**alert_document(alert), "entries": entries, "told": told}


def rule_document(listed: Listed) -> dict[str, Any]:
    """The shape of one rule."""
    rule = listed.rule
    return {
        "key": listed.key, "title": listed.title, "severity": listed.severity, "description": rule.description if rule else "",
        "falsepositives": list(rule.falsepositives) if rule else [], "response": list(rule.response) if rule else [],
        "is_builtin": listed.is_builtin, "is_enabled": listed.is_enabled, "muted_until": rfc3339_or_none(listed.muted_until),
        "faults": [{"line": fault.line, "message": fault.message} for fault in listed.faults], "text": listed.text, "version": listed.version,
    }  # fmt: skip


def rule_trial_document(trial: RuleTrial) -> dict[str, Any]:
    """The shape of a rule's trial."""
    findings = [
        {
            "seq": each.seq, "seqs": list(each.seqs[-50:]), "group": each.group, "happened_at": rfc3339(each.happened_at), "facts": each.facts,
        }
        for each in trial.findings[-100:]
    ]  # fmt: skip
    return {"looked_at": trial.looked_at, "number": len(trial.findings), "findings": findings, "faults": list(trial.faults)}


def channel_document(channel: AlertChannel) -> dict[str, Any]:
    """The shape of one channel."""
    return {
        "id": channel.public_id, "name": channel.name, "kind": channel.kind, "target": channel.shown_target,
        "from_severity": channel.from_severity, "most_per_hour": channel.most_per_hour, "is_paused": channel.paused_at is not None,
        "told_at": rfc3339_or_none(channel.told_at), "attempts": channel.attempts, "fault": channel.fault,
        "created_at": rfc3339(channel.created_at), "version": channel.version,
    }  # fmt: skip
