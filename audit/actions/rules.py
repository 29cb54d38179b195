"""Changing which rules watch the trail."""

import hashlib
import re
from datetime import datetime

from audit import events, queries
from audit.actions import recording
from audit.actions.watching import read_rule
from audit.alerts import builtin, inputs, remembering
from audit.alerts.catalogue import Listed
from audit.models import AlertRule
from audit.permissions import Permission
from audit.problems import RuleIsBuiltIn, RuleKeyTaken, RuleNotFound, TooManyRules
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.problems import require_version

RULES = 100
KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
RESERVED = frozenset({"broken-rule", "test", "trial"})


@tenancy.atomic
def create_rule(key: str, *, text: str, actor: Actor) -> Listed:
    """Have a rule of the tenant's own watch from now on. `key` is 1 to 64 of a-z, 0-9 and -, `text` Sigma in YAML of at most 16 KiB.

    Raises Forbidden, Invalid, RuleInvalid, RuleKeyTaken, TooManyRules.
    """
    actor.require(Permission.WRITE_RULES)
    _require_key(key)
    rule = read_rule(text)
    # The lock on all rows: two requests at once must not both find room for one more, nor both take a key.
    rows = list(AlertRule.objects.select_for_update().order_by("key"))
    if key in RESERVED or key in builtin.texts() or any(row.key == key for row in rows):
        raise RuleKeyTaken("Take another key; the list of rules shows those that there are.", key=key)
    if sum(1 for row in rows if row.text) >= RULES:
        raise TooManyRules("Delete a rule that you no longer need.", limit=RULES)
    AlertRule.objects.create(key=key, text=text)
    recording.record(
        events.RuleCreated(subject=key, subject_label=rule.title, level=rule.severity, text_sha256=_digest(text)), actor=actor
    )
    return queries.alert_rule(key)


@tenancy.atomic
def change_rule(key: str, *, text: str, actor: Actor, expected_version: int | None = None) -> Listed:
    """Give a rule of the tenant's own another text; what it remembers is forgotten. The same text changes nothing.

    Raises Forbidden, RuleInvalid, RuleNotFound, RuleIsBuiltIn, PreconditionFailed.
    """
    actor.require(Permission.WRITE_RULES)
    rule = read_rule(text)
    row = _own(key)
    require_version(row, expected=expected_version)
    if row.text == text:
        return queries.alert_rule(key)
    before, row.text = row.text, text
    _save(row)
    remembering.forget_rule(key)
    event = events.RuleChanged(
        subject=key, subject_label=rule.title, old_text_sha256=_digest(before), new_text_sha256=_digest(text)
    )
    recording.record(event, actor=actor)
    return queries.alert_rule(key)


@tenancy.atomic
def delete_rule(key: str, *, actor: Actor, expected_version: int | None = None) -> None:
    """Remove a rule of the tenant's own; its alerts stay. Raises Forbidden, RuleNotFound, RuleIsBuiltIn, PreconditionFailed."""
    actor.require(Permission.WRITE_RULES)
    row = _own(key)
    require_version(row, expected=expected_version)
    title = queries.alert_rule(key).title
    row.delete()
    remembering.forget_rule(key)
    recording.record(events.RuleDeleted(subject=key, subject_label=title, text_sha256=_digest(row.text)), actor=actor)


@tenancy.atomic
def disable_rule(key: str, *, reason: str, actor: Actor) -> Listed:
    """Have a rule watch no more. Idempotent: a disabled rule stays as it is. Raises Forbidden, Invalid, RuleNotFound."""
    actor.require(Permission.WRITE_RULES)
    _require_reason(reason)
    listed, row = _any(key)
    if not row.is_enabled:
        return listed
    row.is_enabled = False
    return _set(row, events.RuleDisabled(subject=key, subject_label=listed.title, reason=reason), actor=actor)


@tenancy.atomic
def enable_rule(key: str, *, actor: Actor) -> Listed:
    """Have a disabled rule watch again, from now on. Idempotent. Raises Forbidden, RuleNotFound."""
    actor.require(Permission.WRITE_RULES)
    listed, row = _any(key)
    if row.is_enabled:
        return listed
    row.is_enabled = True
    return _set(row, events.RuleEnabled(subject=key, subject_label=listed.title), actor=actor)


@tenancy.atomic
def mute_rule(key: str, *, until: datetime, actor: Actor) -> Listed:
    """Tell nobody of a rule's alerts until a moment in the future; they are opened all the same. Raises Forbidden, Invalid, RuleNotFound."""
    actor.require(Permission.WRITE_RULES)
    if until <= clock.now():
        raise inputs.refusal("until", code="past", detail="Give a moment in the future.")
    listed, row = _any(key)
    row.muted_until = until
    return _set(row, events.RuleMuted(subject=key, subject_label=listed.title, until=clock.rfc3339(until)), actor=actor)


@tenancy.atomic
def unmute_rule(key: str, *, actor: Actor) -> Listed:
    """Tell people of a muted rule's alerts again. Idempotent. Raises Forbidden, RuleNotFound."""
    actor.require(Permission.WRITE_RULES)
    listed, row = _any(key)
    if row.muted_until is None:
        return listed
    row.muted_until = None
    return _set(row, events.RuleUnmuted(subject=key, subject_label=listed.title), actor=actor)


def _own(key: str) -> AlertRule:
    """A rule with a text of the tenant's own, locked."""
    if key in builtin.texts():
        raise RuleIsBuiltIn("Disable or mute it, or make a rule of your own from its text.", key=key)
    row = AlertRule.objects.select_for_update().filter(key=key).exclude(text="").first()
    if row is None:
        raise RuleNotFound("Check the key; the list of rules shows those of this tenant.")
    return row


def _any(key: str) -> tuple[Listed, AlertRule]:
    """A rule of either sort with its row, locked; a built-in one that was never touched gets its row now."""
    listed = queries.alert_rule(key)
    if listed.is_builtin:
        AlertRule.objects.get_or_create(key=key)
    return listed, AlertRule.objects.select_for_update().get(key=key)


def _set(row: AlertRule, event: Event, *, actor: Actor) -> Listed:
    _save(row)
    recording.record(event, actor=actor)
    return queries.alert_rule(row.key)


def _save(row: AlertRule) -> None:
    row.version += 1
    row.updated_at = clock.now()
    row.save()


def _require_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise inputs.refusal(
            "key", code="key", detail="A key has 1 to 64 of a-z, 0-9 and -, and neither begins nor ends with a dash."
        )


def _require_reason(reason: str) -> None:
    if len(reason) > 200 or "\0" in reason:
        raise inputs.refusal("reason", code="text", detail="A reason has at most 200 signs.")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
