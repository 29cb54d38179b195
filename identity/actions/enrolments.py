"""Adding a second factor, from a signed-in person's account or in the middle of a sign-in that asks for one.

Both begin with an attempt, whose token only one browser has: `open_enrolment` makes one for a signed-in person, the pipeline makes one at sign-in.
"""

from dataclasses import dataclass

from audit import actions as audit
from identity import attempts, events, factors, inputs, notices, pipeline, queries, sessions, step_up
from identity.attempts import Purpose
from identity.factors import FactorShown, policy, shown, sms, totp, webauthn
from identity.factors.given import Given
from identity.models import SignInAttempt, User, WebAuthnCredential
from identity.notices import Notice
from identity.pipeline import Outcome, gates
from identity.problems import AttemptEnded, FactorNeedsPerson, FactorNotAllowed, FactorRefused, FactorThrottled, SignInRefused
from kernel import tenancy
from kernel.actors import Actor, ActorKind

PER_KIND_MAX = 10
AMR_OF = {factors.TOTP: totp.AMR, factors.SMS: sms.AMR}


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person needs to complete it: of an app `app`, of a passkey `options` (JSON for the browser), of a telephone the `hint` of its number."""

    kind: str
    app: totp.Started | None = None
    options: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """The new factor; `outcome` is how the sign-in goes on that asked for it, None for a person who was signed in."""

    factor: FactorShown
    outcome: Outcome | None


@tenancy.atomic
def open_enrolment(*, actor: Actor) -> str:
    """Let a signed-in person add a factor: the token of an attempt, ten minutes long. Raises FactorNeedsPerson, NotForSupport, StepUpNeeded."""
    person = queries.own_person(actor)
    if actor.kind is not ActorKind.PERSON:
        raise FactorNeedsPerson("Sign in to the console and do it there; an API key cannot.")
    step_up.require_recent(actor)
    session = step_up.session_of(actor)
    begun = attempts.begin(Purpose.ENROL, user=person, session=session, proofs=[])
    audit.record(events.EnrolmentBegun(subject=person.public_id, subject_label=person.email, kind="any"), actor=actor)
    return begun.token


@tenancy.atomic
def begin_factor(token: str, *, kind: str, name: str = "", number: str = "") -> None:
    """Make what is to be proved: the seed of an app, or a telephone, to which a code is sent. A passkey is made by the browser itself.

    Raises AttemptEnded, FactorNotAllowed, InputInvalid, NumberRefused, SmsUnavailable, FactorThrottled.
    """
    attempt, person = _under_way(token)
    _require_kind(person, kind)
    if kind == factors.TOTP:
        totp.start(person, name=inputs.factor_name(name or "Authenticator app"), issuer=tenancy.current().name)
    if kind == factors.SMS:
        device = sms.start(person, name=inputs.factor_name(name or "Telephone"), number=sms.number_of(number))
        sms.send(device, attempt)
    event = events.EnrolmentBegun(subject=person.public_id, subject_label=person.email, kind=kind)
    audit.record(event, actor=_person(person))


@tenancy.atomic
def show_enrolment(token: str, *, kind: str, origin: str) -> Enrolment:
    """What the page of an enrolment shows; for a passkey it makes a new challenge. Raises AttemptEnded, FactorNotAllowed."""
    attempt, person = _under_way(token)
    _require_kind(person, kind)
    issuer = tenancy.current().name
    if kind == factors.TOTP:
        app = totp.pending(person, issuer=issuer)
        if app is None:
            raise AttemptEnded("Begin again: no app is being added.")
        return Enrolment(kind=kind, app=app)
    if kind == factors.SMS:
        return Enrolment(kind=kind, hint=sms.pending_hint(person))
    asked = policy.requirement(person)
    return Enrolment(kind=kind, options=webauthn.creation_options(person, attempt, origin=origin, issuer=issuer, asked=asked))


def complete_factor(token: str, *, kind: str, name: str = "", given: Given) -> Completed:
    """Take a factor into use that was proved. A sign-in that asked for it goes on; the sessions of a signed-in person get other tokens.

    A refusal counts, and stays on the trail. Raises AttemptEnded, FactorNotAllowed, InputInvalid, FactorRefused, FactorThrottled, SignInRefused.
    """
    outcome = _completed(token, kind=kind, name=name, given=given)
    if isinstance(outcome, Completed):
        return outcome
    raise outcome


@tenancy.atomic
def _completed(token: str, *, kind: str, name: str, given: Given) -> Completed | FactorRefused | FactorThrottled | SignInRefused:
    """A refusal is a value here: what was counted and recorded stays."""
    attempt, person = _under_way(token)
    _require_kind(person, kind)
    called = inputs.factor_name(name or "Passkey")
    try:
        if attempt.session is None:
            gates.require_open(person)  # before the factor is added: who may not enter leaves nothing behind
        device = _confirm(person, attempt, kind=kind, name=called, given=given)
        return _taken(person, attempt, kind=kind, device=device)
    except SignInRefused as refusal:
        return refusal
    except (FactorRefused, FactorThrottled) as refusal:
        attempts.note_failure(attempt)
        event = events.FactorRefused(subject=person.public_id, subject_label=person.email, kind=kind, during="enrol")
        audit.record(event, actor=_person(person), outcome=audit.DENIED)
        return refusal


def _taken(person: User, attempt: SignInAttempt, *, kind: str, device: shown.Device) -> Completed:
    factor = shown.shown(device)
    added = events.FactorAdded(subject=person.public_id, subject_label=person.email, factor=factor.id, kind=kind)
    audit.record(added, actor=_person(person))
    notices.announce(person, Notice.FACTOR_ADDED, about=kind)
    if attempt.session is None:
        return Completed(factor=factor, outcome=pipeline.completed(attempt, amr=_amr(device, kind=kind)))
    attempts.consume(attempt)
    step_up.note_proof(attempt.session, amr=_amr(device, kind=kind))
    sessions.rotate_later(person.id)
    return Completed(factor=factor, outcome=None)


def _confirm(person: User, attempt: SignInAttempt, *, kind: str, name: str, given: Given) -> shown.Device:
    if kind == factors.TOTP:
        return totp.confirm(person, given)
    if kind == factors.SMS:
        return sms.confirm(person, attempt, given)
    return webauthn.register(person, attempt, given, name=name, asked=policy.requirement(person))


def _amr(device: shown.Device, *, kind: str) -> tuple[str, ...]:
    return webauthn.amr_of(device) if isinstance(device, WebAuthnCredential) else AMR_OF[kind]


def _under_way(token: str) -> tuple[SignInAttempt, User]:
    """The attempt, locked, and its person. A signed-in person's ends with their session. Raises AttemptEnded."""
    attempt = attempts.find(token, purpose=Purpose.ENROL)
    if attempt.user is None or (attempt.session is not None and attempt.session.revoked_at is not None):
        raise AttemptEnded("Sign in and begin again.")
    if not _showed_a_factor(attempt) and factors.of(attempt.user):
        raise AttemptEnded("A factor was added meanwhile. Sign in again and show it.")
    return attempt, attempt.user


def _showed_a_factor(attempt: SignInAttempt) -> bool:
    """Whether a second factor stands behind what has begun: a password alone must not add one to an account that has one by now."""
    if attempt.session is not None:
        return attempt.session.mfa_at is not None
    return bool(policy.SECOND & frozenset(attempt.proofs))


def _require_kind(person: User, kind: str) -> None:
    """Raises FactorNotAllowed."""
    allowed = queries.kinds_to_add(person)
    if kind not in allowed:
        raise FactorNotAllowed("Choose one of the kinds in `allowed`.", allowed=allowed)
    held = shown.kinds_of(person)
    is_weak_alone = kind == factors.SMS and not held & {factors.TOTP, factors.WEBAUTHN}
    if is_weak_alone and not policy.takes_sms_alone(person):
        stronger = [other for other in allowed if other != factors.SMS]
        raise FactorNotAllowed(
            "Add a passkey or an authenticator app first; text messages only stand beside these.", allowed=stronger
        )
    if shown.MODELS[kind].objects.filter(user=person, confirmed=True).count() >= PER_KIND_MAX:
        raise FactorNotAllowed(f"Remove one first: a person has at most {PER_KIND_MAX} of each kind.", allowed=allowed)


def _person(person: User) -> Actor:
    """The person as the trail sees them, who in the middle of a sign-in may nothing yet."""
    return sessions.person_actor(person.id, label=person.email, grants=frozenset(), auth_method="attempt")
