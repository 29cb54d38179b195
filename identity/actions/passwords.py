"""Writing passwords: change one's own, ask for a link, hand one out, choose another by it."""

from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings

from audit import actions as audit
from identity import (
    access,
    events,
    lifecycle,
    notices,
    passwords,
    pipeline,
    proving,
    queries,
    reach,
    resets,
    security,
    sessions,
    step_up,
    throttle,
)
from identity.models import Status, User
from identity.notices import Notice
from identity.permissions import Permission
from identity.pipeline import gates
from identity.problems import PasswordWrong, PersonState, ResetUnavailable
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor
from kernel.tasks import enqueue

ASKED_PER_PERSON, ASKED_PER_PLACE, ASKED_WITHIN_S = 3, 20, 3600


@dataclass(frozen=True, slots=True)
class PasswordReplaced:
    """A person whose password is another, and the new token of the session in which they changed it; empty without a session."""

    user: User
    session_token: str = field(repr=False)
    sessions_ended: int


@dataclass(frozen=True, slots=True)
class ResetLink:
    """A person and the token of the link that was made for them, which is shown once and not stored."""

    user: User
    token: str = field(repr=False)


def change_password(current: str, *, replacement: str, actor: Actor) -> PasswordReplaced:
    """Choose another password for oneself. All other sessions end, so that whoever knew the old one is out; this one gets another token.

    Only a signed-in person may: a key cannot, and nobody who acts for them. Guesses of the present password are counted like sign-ins. A person who
    has a second factor must have shown it a moment ago. Raises PasswordWrong, PasswordWeak, StepUpNeeded, NotForSupport, TooManyAttempts,
    ThrottleUnavailable.
    """
    step_up.require_recent(actor)
    own = queries.person_of(actor)
    if own is None or actor.id != own.public_id:
        raise PasswordWrong("Sign in as the person whose password it is.")
    attempt = proving.counted(own.email, user=own, session=actor.session)
    if not proving.is_right(own, current):
        gates.record_refused(own.public_id, label=own.email, reason="wrong_present_password")
        raise PasswordWrong("Type the present password again.")
    throttle.release(attempt)
    passwords.require_strong(replacement, email=own.email, pointer="/replacement")
    return _replace(own, fresh_password=passwords.encode(replacement), actor=actor)


def ask_password_reset(email: str) -> None:
    """Ask for a mail with a link to choose another password. Whoever the address belongs to, or nobody: the answer and the work are the same.

    The mail is written by a task, so that its time tells nothing. Three times an hour for one address, twenty times from one place. Raises
    ResetUnavailable where no mail can be sent or the tenant does not want it, TooManyAttempts, ThrottleUnavailable.
    """
    if not settings.MAIL_URL or not security.settings().password_may_reset:
        raise ResetUnavailable("Ask an administrator of this tenant for a link to choose another password.")
    address = proving.address_of(email)
    throttle.require_rare(f"reset:{context.current().place}", count=ASKED_PER_PLACE, within_s=ASKED_WITHIN_S)
    is_rare = throttle.is_among_first(f"reset:{address}", count=ASKED_PER_PERSON, within_s=ASKED_WITHIN_S)
    _note_asked(address, mailed_most=1 if is_rare else 0)


@tenancy.atomic
def issue_password_reset(id: UUID, *, actor: Actor) -> ResetLink:  # noqa: A002  (the word of the URL and of the API)
    """Make a link for somebody who cannot get a mail, and hand it over yourself. Nobody does so for people who may more than they.

    Raises Forbidden, BeyondOwnGrants, StepUpNeeded, NotForSupport, NotFound, PersonState.
    """
    actor.require(Permission.WRITE_PEOPLE)
    user = queries.person_for_update(id)
    reach.require_within(actor, access.grants_of(user))
    step_up.require_recent(actor)
    if user.status != Status.ACTIVE:
        raise PersonState("Only an active person has a password to choose anew.", person_status=str(user.status))
    token = resets.issue(user, issued_by=actor.id)
    audit.record(events.PasswordResetIssued(subject=user.public_id, subject_label=user.email), actor=actor)
    return ResetLink(user=user, token=token)


def reset_password(token: str, *, password: str) -> pipeline.Outcome:
    """Choose another password by a link, and go on in the pipeline as after any proof: a second factor is asked for all the same.

    All sessions end. The link proves a mailbox, which is no second factor. Raises ResetNotFound, PasswordWeak, SignInRefused.
    """
    reset = queries.password_reset(token)
    passwords.require_strong(password, email=reset.user.email)
    user = _reset(token, fresh_password=passwords.encode(password))
    return pipeline.proved(user, method="password_reset", amr=("pwd",))


@tenancy.atomic
def issue_asked_reset(person_id: UUID, *, actor: Actor) -> ResetLink | None:
    """For the task that mails it: the link that somebody asked for; None for an id that is nobody's, or not of an active person.

    Break-glass accounts get none: a mailbox must not open what is kept for emergencies. A call again withdraws the link before.
    """
    user = User.objects.select_for_update().filter(id=person_id, status=Status.ACTIVE, is_break_glass=False).first()
    if user is None:
        return None
    token = resets.issue(user, issued_by="")
    audit.record(events.PasswordResetMailed(subject=user.public_id, subject_label=user.email), actor=actor)
    return ResetLink(user=user, token=token)


@tenancy.atomic
def _note_asked(address: str, *, mailed_most: int) -> None:
    """One look, one entry, one message, whoever it is: a message with an id that is nobody's is dropped by the task."""
    user = User.objects.filter(email=address).first()
    addressed = user.id if user is not None and mailed_most else ids.new_id()
    here = tenancy.current()
    event = events.PasswordResetRequested(subject=here.slug, subject_label=here.name)
    audit.record(event, actor=audit.ANONYMOUS)
    enqueue("identity.mail_password_reset", person_id=str(addressed))


@tenancy.atomic
def _replace(user: User, *, fresh_password: str, actor: Actor) -> PasswordReplaced:
    locked = queries.person_for_update(user.id)
    if locked.password != user.password:
        raise PasswordWrong("The password was changed a moment ago. Sign in again.")
    _write(locked, fresh_password=fresh_password)
    own_session = sessions.locked(ids.parse("ses", actor.session)) if actor.session else None
    ended = lifecycle.end_sessions(locked, reason="password_changed") - (1 if own_session else 0)
    token = sessions.carry_over(own_session, epoch=locked.epoch) if own_session else ""
    event = events.PasswordChanged(subject=locked.public_id, subject_label=locked.email, sessions_ended=ended)
    audit.record(event, actor=actor)
    notices.announce(locked, Notice.PASSWORD_CHANGED)
    return PasswordReplaced(user=locked, session_token=token, sessions_ended=ended)


@tenancy.atomic
def _reset(token: str, *, fresh_password: str) -> User:
    reset = queries.password_reset(token)
    user = queries.person_for_update(reset.user_id)
    resets.use(reset)
    _write(user, fresh_password=fresh_password)
    ended = lifecycle.end_sessions(user, reason="password_reset")
    actor = sessions.person_actor(user.id, label=user.email, grants=frozenset(), auth_method="password_reset")
    audit.record(events.PasswordReset(subject=user.public_id, subject_label=user.email, sessions_ended=ended), actor=actor)
    notices.announce(user, Notice.PASSWORD_RESET)
    return user


def _write(user: User, *, fresh_password: str) -> None:
    user.password, user.password_at = fresh_password, clock.now()
    user.save(update_fields=["password", "password_at"])
