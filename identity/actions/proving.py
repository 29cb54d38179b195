"""Showing a second factor: at sign-in, once more before a sensitive act, and a passkey instead of a password."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from audit import actions as audit
from identity import attempts, events, factors, notices, pipeline, proving, queries, sessions, throttle
from identity import step_up as proof
from identity.attempts import Purpose
from identity.factors import recovery, sms, totp, webauthn
from identity.factors.given import Given
from identity.models import SignInAttempt, User
from identity.notices import Notice
from identity.pipeline import Outcome
from identity.problems import (
    AttemptEnded,
    FactorNotAllowed,
    FactorRefused,
    FactorThrottled,
    NotForSupport,
    SignInRefused,
    TooManyAttempts,
)
from kernel import context, tenancy
from kernel.actors import Actor, ActorKind

PASSWORD: Final = "password"  # noqa: S105  (the name of a way)
PASSKEY_METHOD: Final = "passkey"
PASSKEYS_PER_PLACE: Final = 100
PASSKEYS_WITHIN_S: Final = 900
PROVERS: Final[Mapping[str, Callable[[User, SignInAttempt, Given], tuple[str, ...]]]] = {
    factors.TOTP: totp.prove, factors.SMS: sms.prove, factors.WEBAUTHN: webauthn.prove, factors.RECOVERY: recovery.prove,
}  # fmt: skip
WAITING: Final = (Purpose.SIGN_IN, Purpose.STEP_UP)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page that asks for a passkey: the token of its attempt, and what the browser needs (JSON for `parseRequestOptionsFromJSON`)."""

    token: str = field(repr=False)
    options: str


def prove_factor(token: str, *, kind: str, given: Given) -> Outcome:
    """Go on with a sign-in by a second factor of one of the kinds that it asked for.

    A refusal counts against the attempt, which ends at the fifth, and stays on the trail. Raises AttemptEnded, FactorNotAllowed, FactorRefused,
    FactorThrottled, SignInRefused.
    """
    outcome = _proved(token, kind=kind, given=given)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@tenancy.atomic
def send_code(token: str) -> str:
    """Send a code to the person's telephone; the last two digits of its number. Raises AttemptEnded, FactorNotAllowed, FactorThrottled."""
    attempt = attempts.find(token, purpose=WAITING)
    person = _person_of(attempt)
    _require_kind(person, factors.SMS)
    device = sms.device_for(person)
    sms.send(device, attempt)
    event = events.CodeSent(subject=person.public_id, subject_label=person.email, factor=device.public_id)
    audit.record(event, actor=_person(person))
    return device.hint


@tenancy.atomic
def ask_for_passkey(token: str, *, origin: str) -> str:
    """What the browser needs to show a passkey of the person of an attempt, as JSON; makes a new challenge. Raises AttemptEnded."""
    attempt = attempts.find(token, purpose=WAITING)
    return webauthn.request_options(_person_of(attempt), attempt, origin=origin)


@tenancy.atomic
def begin_passkey_sign_in(*, origin: str, return_path: str = "") -> Asked:
    """Ask for a passkey before anybody said who they are. Raises TooManyAttempts for a place that asks very often."""
    if not throttle.is_among_first(f"passkey:{context.current().place}", count=PASSKEYS_PER_PLACE, within_s=PASSKEYS_WITHIN_S):
        raise TooManyAttempts("Wait a while, then try again.", retry_after_s=PASSKEYS_WITHIN_S)
    begun = attempts.begin(Purpose.PASSKEY, user=None, return_path=return_path)
    return Asked(token=begun.token, options=webauthn.request_options(None, begun.attempt, origin=origin))


def sign_in_with_passkey(token: str, *, given: Given) -> Outcome:
    """Sign in with a passkey alone: it is something that the person has, and it verified the person itself.

    Raises AttemptEnded, FactorRefused, SignInRefused.
    """
    found = _identified(token, given=given)
    if isinstance(found, FactorRefused):
        raise found
    person, amr, return_path = found
    return pipeline.proved(person, method=PASSKEY_METHOD, amr=amr, return_path=return_path)


@tenancy.atomic
def begin_step_up(*, actor: Actor) -> str:
    """Ask a signed-in person to show once more that it is they: the token of an attempt. Raises FactorNeedsPerson, NotForSupport."""
    if actor.on_behalf_of:
        raise NotForSupport("End the visit; the person changes this themselves.")
    person, session = queries.own_person(actor), proof.session_of(actor)
    if actor.kind is not ActorKind.PERSON or session is None:
        raise AttemptEnded("Sign in to the console and do it there.")
    begun = attempts.begin(Purpose.STEP_UP, user=person, session=session)
    audit.record(events.StepUpBegun(subject=person.public_id, subject_label=person.email), actor=actor)
    return begun.token


def step_up(token: str, *, kind: str, given: Given, password: str = "", actor: Actor) -> None:
    """Show once more that it is oneself: by a factor where there is one, else by the password.

    The session counts as proved from now on. Raises AttemptEnded, FactorNotAllowed, FactorRefused, FactorThrottled, TooManyAttempts.
    """
    is_right = kind == PASSWORD and _is_right(password, actor=actor)
    refusal = _stepped_up(token, kind=kind, given=given, is_right=is_right, actor=actor)
    if refusal is not None:
        raise refusal


@tenancy.atomic
def _proved(token: str, *, kind: str, given: Given) -> Outcome | FactorRefused | FactorThrottled | SignInRefused:
    """A refusal is a value here: what was used up, counted and recorded stays."""
    attempt = attempts.find(token, purpose=Purpose.SIGN_IN)
    person = _person_of(attempt)
    _require_kind(person, kind)
    try:
        amr = PROVERS[kind](person, attempt, given)
    except (FactorRefused, FactorThrottled) as refusal:
        _note_refused(attempt, kind=kind, during=Purpose.SIGN_IN)
        return refusal
    _note_recovery(person, kind=kind)
    try:
        return pipeline.completed(attempt, amr=amr)
    except SignInRefused as refusal:
        return refusal


@tenancy.atomic
def _identified(token: str, *, given: Given) -> tuple[User, tuple[str, ...], str] | FactorRefused:
    attempt = attempts.find(token, purpose=Purpose.PASSKEY)
    try:
        person, amr = webauthn.identify(attempt, given)
    except FactorRefused as refusal:
        attempts.note_failure(attempt)
        _note_stranger_refused()
        return refusal
    attempts.consume(attempt)
    return person, amr, attempt.return_path


@tenancy.atomic
def _stepped_up(token: str, *, kind: str, given: Given, is_right: bool, actor: Actor) -> FactorRefused | FactorThrottled | None:
    attempt = attempts.find(token, purpose=Purpose.STEP_UP)
    person = _person_of(attempt)
    if attempt.session is None or actor.id != person.public_id or actor.session != attempt.session.public_id:
        raise AttemptEnded("Begin again: this was begun in another session.")
    try:
        amr = _shown_again(person, attempt, kind=kind, given=given, is_right=is_right)
    except (FactorRefused, FactorThrottled) as refusal:
        _note_refused(attempt, kind=kind, during=Purpose.STEP_UP)
        return refusal
    attempts.consume(attempt)
    _note_recovery(person, kind=kind)
    proof.note_proof(attempt.session, amr=amr)
    sessions.rotate_later(person.id)
    audit.record(events.SteppedUp(subject=person.public_id, subject_label=person.email, kind=kind), actor=actor)
    return None


def _shown_again(person: User, attempt: SignInAttempt, *, kind: str, given: Given, is_right: bool) -> tuple[str, ...]:
    if kind != PASSWORD:
        _require_kind(person, kind)
        return PROVERS[kind](person, attempt, given)
    held = queries.kinds_to_show(person)
    if factors.of(person):
        raise FactorNotAllowed("Show one of your factors; the password alone is not enough.", allowed=held)
    if not is_right:
        raise FactorRefused("This is not your password. Type it again.")
    return ("pwd",)


def _is_right(password: str, *, actor: Actor) -> bool:
    """Whether this is the actor's password; guesses are counted like sign-ins. 100 ms of hashing, so call it outside any transaction."""
    person = queries.own_person(actor)
    counted = proving.counted(person.email, user=person, session=actor.session)
    is_right = proving.is_right(person, password)
    if is_right:
        throttle.release(counted)
    return is_right


def _require_kind(person: User, kind: str) -> None:
    """Raises FactorNotAllowed."""
    held = queries.kinds_to_show(person)
    if kind not in held:
        raise FactorNotAllowed("Use one of the ways in `allowed`.", allowed=held)


def _note_refused(attempt: SignInAttempt, *, kind: str, during: str) -> None:
    """Both stay, because the caller's transaction is not undone by the refusal."""
    person = _person_of(attempt)
    attempts.note_failure(attempt)
    event = events.FactorRefused(subject=person.public_id, subject_label=person.email, kind=kind, during=during)
    audit.record(event, actor=_person(person), outcome=audit.DENIED)


def _note_stranger_refused() -> None:
    """Tell the trail, unless it was told too often: nobody is known yet."""
    if throttle.is_news_of_stranger(context.current().address):
        event = events.FactorRefused(subject="", kind=factors.WEBAUTHN, during=Purpose.SIGN_IN)
        audit.record(event, actor=audit.ANONYMOUS, outcome=audit.DENIED)


def _note_recovery(person: User, *, kind: str) -> None:
    if kind == factors.RECOVERY:
        left = recovery.remaining(person)
        event = events.RecoveryCodeUsed(subject=person.public_id, subject_label=person.email, remaining=left)
        audit.record(event, actor=_person(person))
        notices.announce(person, Notice.RECOVERY_CODE_USED, about=str(left))


def _person_of(attempt: SignInAttempt) -> User:
    if attempt.user is None:
        raise AttemptEnded("Sign in and begin again.")
    return attempt.user


def _person(person: User) -> Actor:
    """The person as the trail sees them, who may nothing yet."""
    return sessions.person_actor(person.id, label=person.email, grants=frozenset(), auth_method="attempt")
