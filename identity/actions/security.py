"""Writing the figures of security."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.db.models.functions import Least

from audit import actions as audit
from identity import events, queries, sessions, step_up
from identity.models import SecuritySettings, Session
from identity.permissions import Permission
from identity.problems import SecurityOutOfRange
from identity.security import FIGURES, Range
from kernel import clock, problems, tenancy
from kernel.actors import Actor

ROW: Final = 1
SUPPORT_SHUT: Final = "support_not_allowed"


CHOICES: Final = ("password_may_reset", "support_may_enter")
NAMES: Final = (*FIGURES, *CHOICES)


@tenancy.atomic
def change_security(changes: Mapping[str, Any], *, expected_version: int | None = None, actor: Actor) -> SecuritySettings:
    """Give some of the tenant's figures other values; None for a number takes the installation's again, what is not named stays.

    What becomes stricter counts for living sessions at once, and nothing is lengthened that has begun. When support is shut out, whoever of it is in
    is put out. Idempotent: what is so already is not recorded. Raises Forbidden, StepUpNeeded, NotForSupport, SecurityOutOfRange, PreconditionFailed.
    """
    actor.require(Permission.WRITE_SECURITY)
    step_up.require_recent(actor)
    _require_in_range(changes)
    row = _locked()
    problems.require_version(row, expected=expected_version)
    old = _figures(row)
    for name, value in changes.items():
        setattr(row, name, value)
    if _figures(row) == old:
        return row
    row.version, row.changed_at = row.version + 1, clock.now()
    row.save()
    shortened, ended = _tighten(), _shut_support_out(row)
    here = tenancy.current()
    event = events.SecurityChanged(
        subject=here.slug,
        subject_label=here.name,
        old_figures=old,
        new_figures=_figures(row),
        sessions_shortened=shortened,
        support_ended=ended,
    )
    audit.record(event, actor=actor)
    return row


def _require_in_range(changes: Mapping[str, Any]) -> None:
    faults = [fault for name, value in changes.items() for fault in _faults(name, value)]
    if faults:
        raise SecurityOutOfRange("Correct the fields that `errors` names and send it again.", errors=faults)


def _faults(name: str, value: Any) -> list[dict[str, str]]:
    detail = ""
    if name in FIGURES:
        span = _span(name)
        if value is not None and (type(value) is not int or not span.least <= value <= span.most):
            detail = f"Give a whole number from {span.least:,} to {span.most:,}, or nothing to take the installation's."
    elif name in CHOICES:
        detail = "" if isinstance(value, bool) else "Say yes or no."
    else:
        detail = "There is no such figure."
    return [{"pointer": f"/{name}", "code": "out_of_range", "detail": detail}] if detail else []


def _span(name: str) -> Range:
    """The range of a figure; a tenant may shorten what the operator allows a key to live, and not lengthen it."""
    if name == "key_days_maximum":
        return Range(FIGURES[name].least, settings.API_KEY_MAX_DAYS)
    return FIGURES[name]


def _locked() -> SecuritySettings:
    SecuritySettings.objects.bulk_create([SecuritySettings(id=ROW)], ignore_conflicts=True)
    return SecuritySettings.objects.select_for_update().get(id=ROW)


def _figures(row: SecuritySettings) -> dict[str, int | bool | None]:
    return {name: getattr(row, name) for name in NAMES}


def _tighten() -> int:
    """Let living sessions end no later than the figures allow; the number of those that end sooner than before."""
    rules, moment = queries.security_settings(), clock.now()
    latest = ExpressionWrapper(F("created_at") + Value(timedelta(seconds=rules.session_absolute_s)), output_field=DateTimeField())
    own = sessions.living(moment).filter(impersonator="")
    too_long = own.alias(latest=latest).filter(expires_at__gt=F("latest"))
    shortened = too_long.update(expires_at=Least(F("expires_at"), latest))
    own.filter(idle_s__gt=rules.session_idle_s).update(idle_s=rules.session_idle_s)
    return shortened + sessions.end_surplus(maximum=rules.sessions_maximum, moment=moment)


def _shut_support_out(row: SecuritySettings) -> int:
    if row.support_may_enter:
        return 0
    inside: Any = sessions.living(clock.now()).exclude(impersonator="")
    ended: int = Session.objects.filter(id__in=inside.values("id")).update(revoked_at=clock.now(), revoke_reason=SUPPORT_SHUT)
    return ended
