"""Writing sessions: sign in, sign out, end one, end all."""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import attempts, breaches, events, lifecycle, pipeline, proving, queries, resets, sessions, throttle
from identity.models import Status, User
from identity.permissions import Permission
from identity.pipeline import SignedIn, gates
from identity.problems import PersonNotFound, SessionNotFound
from kernel import clock, ids, tenancy
from kernel.actors import Actor

__all__ = ["SignedIn"]

OVER_FOR: Final = timedelta(days=1)
FORGOTTEN_AT_ONCE: Final = 10_000


def sign_in(email: str, *, password: str, trusted_device: str = "", return_path: str = "") -> pipeline.Outcome:
    """Prove who one is by a password, and go on in the pipeline: a session begins, or a second factor is asked for.

    Unknown people, wrong passwords and people without access get the same answer after the same work; the trail tells them apart.
    `trusted_device` is the token of a browser that the person trusts. The password is looked at outside any transaction: 100 ms of hashing must not
    hold a row. Raises SignInRefused, TooManyAttempts, ThrottleUnavailable.
    """
    address = proving.address_of(email)
    user = User.objects.filter(email=address).first()
    attempt = proving.counted(address, user=user, trusted_device=trusted_device)
    is_right = proving.is_right(user, password)
    if user is None or not is_right:
        gates.refuse(user.public_id if user else "", label=address, reason=_reason(user))
    outcome = pipeline.proved(user, method="password", amr=("pwd",), trusted_device_token=trusted_device, return_path=return_path)
    throttle.release(attempt)
    proving.renew_hash(user, password)
    return _with_leak_told(outcome, user=user, password=password)


@tenancy.atomic
def sign_out(token: str) -> None:
    """End the session of a token. Idempotent: a session that has ended already is not recorded again."""
    found = sessions.find(token)
    if found is None:
        return
    if sessions.end(found.session_id, reason="signed_out", moment=clock.now()):
        event = events.SessionEnded(
            subject=ids.show("usr", found.user_id),
            subject_label=found.email,
            session=ids.show("ses", found.session_id),
        )
        audit.record(event, actor=found.actor)


@tenancy.atomic
def end_session(id: UUID, *, actor: Actor) -> None:  # noqa: A002  (the word of the URL and of the API)
    """End one session, one's own or, with the permission, anybody's; the browser is signed out with its next request.

    Raises Forbidden, SessionNotFound: also for a session that has ended, and for one of somebody else whose sessions one may not see.
    """
    session = queries.session(id)
    if not _is_own(session.user_id, actor=actor):
        if not actor.may(Permission.READ_SESSIONS) and not actor.may(Permission.WRITE_SESSIONS):
            raise SessionNotFound("Look it up in the list of your sessions.")
        actor.require(Permission.WRITE_SESSIONS)
    if not sessions.end(id, reason="ended_by_request", moment=clock.now()):
        raise SessionNotFound("It has ended already.")
    event = events.SessionEnded(subject=session.user.public_id, subject_label=session.user.email, session=session.public_id)
    audit.record(event, actor=actor)


@tenancy.atomic
def end_sessions(id: UUID, *, actor: Actor) -> int:  # noqa: A002  (the word of the URL and of the API)
    """End all sessions of a person, one's own or, with the permission, anybody's; the number that were living.

    Raises Forbidden, NotFound.
    """
    if not _is_own(id, actor=actor):
        actor.require(Permission.WRITE_SESSIONS)
    user = queries.person_for_update(id)
    ended = lifecycle.end_sessions(user, reason="ended_by_request")
    audit.record(events.SessionsEnded(subject=user.public_id, subject_label=user.email, sessions_ended=ended), actor=actor)
    return ended


@tenancy.atomic
def end_other_sessions(*, actor: Actor) -> int:
    """End all of one's own sessions but the one in which one asks; the number of them. Raises PersonNotFound for who is no person here."""
    own = queries.person_of(actor)
    if own is None or not _is_own(own.id, actor=actor):
        raise PersonNotFound("Sign in as the person whose sessions they are.")
    kept = ids.parse("ses", actor.session) if actor.session else None
    ended = sessions.end_others(own.id, kept=kept, reason="ended_by_request", moment=clock.now())
    audit.record(events.SessionsEnded(subject=own.public_id, subject_label=own.email, sessions_ended=ended), actor=actor)
    return ended


@tenancy.atomic
def tidy_attempts(*, actor: Actor) -> int:
    """Delete sign-ins under way and links for passwords whose time has been over for a day; the number, at most 10,000 of each.

    Anybody can begin a sign-in, so these rows must not stay. Nothing reads them, and what became of them stands in the trail. Raises Forbidden.
    """
    actor.require(Permission.WRITE_SESSIONS)
    moment = clock.now() - OVER_FOR
    return attempts.forget(moment, most=FORGOTTEN_AT_ONCE) + resets.forget(moment, most=FORGOTTEN_AT_ONCE)


def renew_session_token(*, actor: Actor) -> str:
    """Another token for the session that one came by, because what one may do has changed since it was given; empty when it has ended.

    Records nothing: the change itself stands in the trail.
    """
    return sessions.rotate(ids.parse("ses", actor.session)) if actor.session else ""


def _is_own(user_id: UUID, *, actor: Actor) -> bool:
    """Whether the actor is the person themselves: not a key of theirs, and not somebody of support who acts as them."""
    return actor.id == ids.show("usr", user_id) and not actor.on_behalf_of


def _reason(user: User | None) -> str:
    if user is None:
        return "unknown_person"
    return "wrong_password" if user.status == Status.ACTIVE else f"person_{user.status}"


def _with_leak_told(outcome: pipeline.Outcome, *, user: User, password: str) -> pipeline.Outcome:
    """Let the person in all the same, and let the page and the trail know that the password is on the list of leaked ones."""
    if not breaches.is_near() or not breaches.is_leaked(password):
        return outcome
    actor = sessions.person_actor(user.id, label=user.email, grants=frozenset(), auth_method="password")
    audit.record(events.PasswordLeaked(subject=user.public_id, subject_label=user.email), actor=actor)
    return replace(outcome, is_password_leaked=True) if isinstance(outcome, SignedIn) else outcome
