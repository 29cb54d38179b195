"""What people do about alerts."""

from uuid import UUID

from audit import events, queries
from audit.actions import recording
from audit.alerts import inputs
from audit.models import Alert, AlertState
from audit.permissions import Permission
from audit.problems import AlertIsClosed
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import require_version

NOTE_LENGTH = 1000


@tenancy.atomic
def acknowledge_alert(id: UUID, *, note: str, actor: Actor, expected_version: int | None = None) -> Alert:  # noqa: A002  (the word of the API)
    """Say that somebody looks after an alert. Raises Forbidden, Invalid, AlertNotFound, PreconditionFailed, AlertIsClosed."""
    alert = _answered(id, note=note, state=AlertState.ACKNOWLEDGED, actor=actor, expected_version=expected_version)
    recording.record(
        events.AlertAcknowledged(subject=alert.public_id, subject_label=alert.title, rule=alert.rule_key, note=note), actor=actor
    )
    return alert


@tenancy.atomic
def close_alert(id: UUID, *, note: str, actor: Actor, expected_version: int | None = None) -> Alert:  # noqa: A002  (as above)
    """Close an alert; what happens again opens a new one. Raises as `acknowledge_alert`."""
    alert = _answered(id, note=note, state=AlertState.CLOSED, actor=actor, expected_version=expected_version)
    event = events.AlertClosed(
        subject=alert.public_id, subject_label=alert.title, rule=alert.rule_key, number=alert.number, note=note
    )
    recording.record(event, actor=actor)
    return alert


def _answered(id: UUID, *, note: str, state: AlertState, actor: Actor, expected_version: int | None) -> Alert:  # noqa: A002
    actor.require(Permission.WRITE_ALERTS)
    if len(note) > NOTE_LENGTH or "\0" in note:
        raise inputs.refusal("note", code="text", detail=f"A note has at most {NOTE_LENGTH} signs.")
    alert = queries.alert_for_update(id)
    require_version(alert, expected=expected_version)
    if alert.state == AlertState.CLOSED:
        raise AlertIsClosed("It stays as it is. What happens again opens a new alert.")
    alert.state, alert.note, alert.answered_by, alert.answered_at = state, note, actor.id, clock.now()
    alert.version += 1
    alert.save(update_fields=["state", "note", "answered_by", "answered_at", "version"])
    return alert
