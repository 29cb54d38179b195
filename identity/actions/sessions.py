"""Writing sessions: sign in, sign out, end all, another password."""

from dataclasses import dataclass
from typing import Final, NoReturn
from uuid import UUID

from audit import actions as audit
from identity import events, lifecycle, passwords, queries, sessions, texts, throttle
from identity.models import Session, User
from identity.permissions import Permission
from identity.problems import PasswordWrong, SignInRefused, TooManyAttempts
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor

NO_ADDRESS: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A begun session: its token, which is not stored, and its person."""

    session_token: str
    user: User


def sign_in(email: str, *, password: str) -> SignedIn:
    """Begin a session for a person who knows their password.

    Unknown people, wrong passwords and people without access get the same answer after the same work; the trail tells them apart.
    The password is looked at outside any transaction: 100 ms of hashing must not hold a row. Raises SignInRefused, TooManyAttempts,
    ThrottleUnavailable.
    """
    address = _address(email)
    attempt = _counted(address)
    user = User.objects.filter(email=address).first()
    is_right = _is_right(user, password)
    if user is None or not user.is_active or not is_right:
        _refuse(address, user=user)
    throttle.release(attempt)
    fresh = passwords.encode(password) if passwords.is_outdated(user.password) else ""
    return _begin(user, checked_password=user.password, fresh_password=fresh)


@tenancy.atomic
def sign_out(token: str) -> None:
    """End the session of a token. Idempotent: a session that has ended already is not recorded again."""
    found = sessions.find(token)
    if found is None:
        return
    updated = Session.objects.filter(id=found.session_id, revoked_at=None).update(
        revoked_at=clock.now(), revoke_reason="signed_out"
    )
    if updated:
        event = events.SessionEnded(
            subject=ids.show("usr", found.user_id),
            subject_label=found.email,
            session=ids.show("ses", found.session_id),
        )
        audit.record(event, actor=found.actor)


@tenancy.atomic
def end_sessions(id: UUID, *, actor: Actor) -> int:  # noqa: A002  (the word of the URL and of the API)
    """End all sessions of a person, one's own or, with the permission, anybody's; the number that were living.

    Raises Forbidden, NotFound.
    """
    if actor.id != ids.show("usr", id):
        actor.require(Permission.WRITE_PEOPLE)
    user = queries.person_for_update(id)
    ended = lifecycle.end_sessions(user, reason="ended_by_request")
    audit.record(events.SessionsEnded(subject=user.public_id, subject_label=user.email, sessions_ended=ended), actor=actor)
    return ended


def change_password(current: str, *, replacement: str, actor: Actor) -> User:
    """Choose another password for oneself; all sessions end, so that whoever knew the old one is out.

    Only a signed-in person may: a key cannot. Guesses of the present password are counted like sign-ins. Raises PasswordWrong,
    PasswordWeak, TooManyAttempts, ThrottleUnavailable.
    """
    own = queries.person_of(actor)
    if own is None or actor.id != own.public_id:
        raise PasswordWrong("Sign in as the person whose password it is.")
    attempt = _counted(own.email)
    if not _is_right(own, current):
        _record_refused(own.public_id, label=own.email, reason="wrong_present_password")
        raise PasswordWrong("Type the present password again.")
    throttle.release(attempt)
    passwords.require_strong(replacement, email=own.email, pointer="/replacement")
    return _replace_password(own, fresh_password=passwords.encode(replacement), actor=actor)


def _address(email: str) -> str:
    """The spelling that people are stored under; what is no address gets a mark that no stored one has, and so belongs to nobody."""
    try:
        return texts.email(email)
    except texts.BadText:
        storable = email.encode("utf-8", "replace").decode().replace("\0", NO_ADDRESS)
        return storable[: texts.EMAIL_MAX - 1] + NO_ADDRESS


def _counted(address: str) -> throttle.Attempt:
    """Count the attempt; the first refusal of a window stands in the trail, the flood behind it does not."""
    place = context.current().address
    try:
        return throttle.reserve(address, address=place)
    except TooManyAttempts:
        if throttle.is_among_first(f"limit:{address}:{place}", count=1, within_s=throttle.WINDOW_S):
            _record_refused("", label=address, reason="too_many_attempts")
        raise


def _is_right(user: User | None, password: str) -> bool:
    """Whether the password is the person's; takes the same time when there is no person or no password."""
    if len(password) > passwords.MAX_LENGTH or user is None or not user.password:
        passwords.spend_time(password[: passwords.MAX_LENGTH])
        return False
    return passwords.matches(password, user.password)


def _refuse(address: str, *, user: User | None) -> NoReturn:
    reason = "unknown_person"
    if user is not None:
        reason = "wrong_password" if user.is_active else f"person_{user.status}"
    _record_refused(user.public_id if user else "", label=address, reason=reason)
    raise SignInRefused("Check the address and the password. If you were invited, accept the invitation first.")


def _record_refused(subject: str, *, label: str, reason: str) -> None:
    """Write a refused sign-in to the trail; no transaction is open here, so it stays."""
    event = events.SessionRefused(subject=subject, subject_label=label, reason=reason)
    audit.record(event, actor=audit.ANONYMOUS, outcome=audit.DENIED)


@tenancy.atomic
def _begin(user: User, *, checked_password: str, fresh_password: str) -> SignedIn:
    """Begin the session, unless the person changed between the look at the password and the lock."""
    locked = queries.person_for_update(user.id)
    if not locked.is_active or locked.password != checked_password:
        raise SignInRefused("Your access changed a moment ago. Try again.")
    moment = clock.now()
    session, token = sessions.begin(locked, moment=moment)
    locked.last_login_at = moment
    locked.password = fresh_password or locked.password
    locked.save(update_fields=["last_login_at", "password"])
    audit.record(
        events.SessionStarted(subject=locked.public_id, subject_label=locked.email, session=session.public_id, method="password"),
        actor=sessions.person_actor(
            locked.id, label=locked.email, grants=locked.grants, auth_method="password", session=session.public_id
        ),
    )
    return SignedIn(session_token=token, user=locked)


@tenancy.atomic
def _replace_password(user: User, *, fresh_password: str, actor: Actor) -> User:
    locked = queries.person_for_update(user.id)
    if locked.password != user.password:
        raise PasswordWrong("The password was changed a moment ago. Sign in again.")
    locked.password = fresh_password
    locked.save(update_fields=["password"])
    ended = lifecycle.end_sessions(locked, reason="password_changed")
    event = events.PasswordChanged(subject=locked.public_id, subject_label=locked.email, sessions_ended=ended)
    audit.record(event, actor=actor)
    return locked
