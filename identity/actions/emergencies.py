"""Writing break-glass accounts: mark, unmark, arm, disarm."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import events, factors, inputs, lifecycle, queries, step_up
from identity.models import User
from identity.permissions import Permission
from identity.problems import BreakGlassNeedsKey, BreakGlassOwnAccount, NotBreakGlass
from kernel import clock, problems, tenancy
from kernel.actors import Actor

HOURS_MAX: Final = 24


@tenancy.atomic
def mark_break_glass(id: UUID, *, expected_version: int | None = None, actor: Actor) -> User:  # noqa: A002
    """Keep an account for emergencies: from now on it enters only while it is armed, and always shows a passkey or hardware key.

    Its sessions end. Idempotent: a marked account stays as it is. Raises Forbidden, StepUpNeeded, NotForSupport, NotFound, PreconditionFailed,
    BreakGlassNeedsKey.
    """
    user = _opened(id, expected_version=expected_version, actor=actor)
    if user.is_break_glass:
        return user
    if factors.WEBAUTHN not in {factor.kind for factor in factors.of(user)}:
        raise BreakGlassNeedsKey("Let the account add a passkey or a hardware key first, then mark it.")
    lifecycle.require_other_owner(user)
    user.is_break_glass, user.armed_until = True, None
    _save(user)
    lifecycle.end_sessions(user, reason="break_glass_marked")
    audit.record(events.BreakGlassMarked(subject=user.public_id, subject_label=user.email), actor=actor)
    return user


@tenancy.atomic
def unmark_break_glass(id: UUID, *, expected_version: int | None = None, actor: Actor) -> User:  # noqa: A002
    """Let an account enter as any other again; its sessions end.

    Raises Forbidden, StepUpNeeded, NotForSupport, NotFound, PreconditionFailed, NotBreakGlass, BreakGlassOwnAccount.
    """
    user = _of_others(id, expected_version=expected_version, actor=actor)
    user.is_break_glass, user.armed_until = False, None
    _save(user)
    lifecycle.end_sessions(user, reason="break_glass_unmarked")
    audit.record(events.BreakGlassUnmarked(subject=user.public_id, subject_label=user.email), actor=actor)
    return user


@tenancy.atomic
def arm_break_glass(id: UUID, *, hours: int, reason: str, expected_version: int | None = None, actor: Actor) -> User:  # noqa: A002
    """Let a break-glass account enter for 1 to 24 hours, from now; its sessions end with that. Arming again sets the end anew.

    Raises Forbidden, StepUpNeeded, NotForSupport, InputInvalid, NotFound, PreconditionFailed, NotBreakGlass, BreakGlassOwnAccount.
    """
    why = inputs.reason(reason)
    if not 1 <= hours <= HOURS_MAX:
        raise inputs.refuse("/hours", code="out_of_range", detail=f"An account is armed for 1 to {HOURS_MAX} hours.")
    user = _of_others(id, expected_version=expected_version, actor=actor)
    user.armed_until = clock.now() + timedelta(hours=hours)
    _save(user)
    event = events.BreakGlassArmed(
        subject=user.public_id, subject_label=user.email, until=clock.rfc3339(user.armed_until), reason=why
    )
    audit.record(event, actor=actor)
    return user


@tenancy.atomic
def disarm_break_glass(id: UUID, *, expected_version: int | None = None, actor: Actor) -> User:  # noqa: A002
    """Shut a break-glass account again before its time; its sessions end.

    Idempotent: an account that is not armed stays as it is. Raises Forbidden, StepUpNeeded, NotForSupport, NotFound, PreconditionFailed, NotBreakGlass.
    """
    user = _marked(id, expected_version=expected_version, actor=actor)
    if user.armed_until is None or user.armed_until <= clock.now():
        return user
    user.armed_until = None
    _save(user)
    ended = lifecycle.end_sessions(user, reason="break_glass_disarmed")
    audit.record(events.BreakGlassDisarmed(subject=user.public_id, subject_label=user.email, sessions_ended=ended), actor=actor)
    return user


def _opened(id: UUID, *, expected_version: int | None, actor: Actor) -> User:  # noqa: A002
    actor.require(Permission.ARM_BREAK_GLASS)
    step_up.require_recent(actor)
    user = queries.person_for_update(id)
    problems.require_version(user, expected=expected_version)
    return user


def _marked(id: UUID, *, expected_version: int | None, actor: Actor) -> User:  # noqa: A002
    user = _opened(id, expected_version=expected_version, actor=actor)
    if not user.is_break_glass:
        raise NotBreakGlass("Mark the account as one for emergencies first.")
    return user


def _of_others(id: UUID, *, expected_version: int | None, actor: Actor) -> User:  # noqa: A002
    """A marked account that is not the actor's own, nor the owner of the key that asks: else one arming would last for ever."""
    user = _marked(id, expected_version=expected_version, actor=actor)
    own = queries.person_of(actor)
    if own is not None and own.id == user.id:
        raise BreakGlassOwnAccount("Ask another administrator, or the operator: `manage.py break_glass` arms it too.")
    return user


def _save(user: User) -> None:
    user.version += 1
    user.save(update_fields=["is_break_glass", "armed_until", "version"])
