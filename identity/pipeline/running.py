"""The way in, step by step."""

from collections.abc import Sequence
from datetime import datetime

from audit import actions as audit
from identity import attempts, events, security, sessions
from identity.factors import policy as rules
from identity.factors import shown, trusted
from identity.models import Session, SignInAttempt, User
from identity.pipeline import gates
from identity.pipeline.deciding import Verdict, decide
from identity.pipeline.outcomes import Challenged, Outcome, SignedIn
from identity.problems import AttemptEnded, SignInRefused
from kernel import clock, tenancy


def proved(user: User, *, method: str, amr: Sequence[str], trusted_device_token: str = "", return_path: str = "") -> Outcome:
    """Go on after a proof: begin the session, or ask for a second factor.

    `method` is the way that was taken (`password`, `passkey`, `password_reset`), `amr` the proofs by RFC 8176. The person is as the method read
    them; whoever changed since then is refused. Call it outside any transaction. Raises SignInRefused.
    """
    gates.require_open(user)
    try:
        return _went_on(user, method=method, amr=amr, trusted_device_token=trusted_device_token, return_path=return_path)
    except SignInRefused:
        gates.record_refused(user.public_id, label=user.email, reason="changed_meanwhile")
        raise


def completed(attempt: SignInAttempt, *, amr: Sequence[str]) -> Outcome:
    """Go on after a factor was shown, or set up, for an attempt; its earlier proofs count too, and it is used up.

    Call it in a transaction that stays although the sign-in was refused: then the attempt is used up, and why stands in the trail. A factor that
    the rules do not take is answered by `Challenged` with `must_enrol`. Raises AttemptEnded, SignInRefused.
    """
    if attempt.user is None:
        raise AttemptEnded("Begin again: nobody is known for this sign-in.")
    attempts.consume(attempt)
    user = _locked(attempt.user)
    gates.require_open(user)
    proofs = list(dict.fromkeys([*attempt.proofs, *amr]))
    return _judged(user, method=attempt.method, amr=proofs, trusted_device_token="", return_path=attempt.return_path)


@tenancy.atomic
def _went_on(user: User, *, method: str, amr: Sequence[str], trusted_device_token: str, return_path: str) -> Outcome:
    locked = _locked(user)
    if gates.fault(locked) or locked.password != user.password or locked.epoch != user.epoch:
        raise SignInRefused("Your access changed a moment ago. Try again.")
    return _judged(locked, method=method, amr=list(amr), trusted_device_token=trusted_device_token, return_path=return_path)


def _judged(user: User, *, method: str, amr: list[str], trusted_device_token: str, return_path: str) -> Outcome:
    asked = rules.note_first_sign_in(user, rules.requirement(user))
    held = shown.kinds_of(user)
    usable = rules.usable(user, asked)
    verdict, kinds = decide(asked, held=held, usable=usable, amr=amr)
    is_trusted = verdict is Verdict.ASK and bool(usable) and trusted.is_trusted(user, trusted_device_token, asked=asked)
    if verdict is Verdict.ENTER or is_trusted:
        is_met = is_trusted or rules.is_met(asked, amr=amr, has_factors=False)
        return _entered(user, method=method, amr=amr, grace_until=None if is_met else asked.grace_until, return_path=return_path)
    purpose = attempts.Purpose.SIGN_IN if verdict is Verdict.ASK else attempts.Purpose.ENROL
    begun = attempts.begin(purpose, user=user, proofs=amr, method=method, return_path=return_path)
    return Challenged(token=begun.token, factors=kinds, must_enrol=verdict is Verdict.ENROL, grace_until=asked.grace_until)


def _entered(user: User, *, method: str, amr: list[str], grace_until: datetime | None, return_path: str) -> SignedIn:
    """Begin the session; the oldest ones end when it is one too many."""
    moment = clock.now()
    way = sessions.BREAK_GLASS if user.is_break_glass else method
    session, token = sessions.begin(
        user,
        moment=moment,
        method=way,
        amr=amr,
        mfa_at=moment if rules.SECOND & frozenset(amr) else None,
        expires_at=user.armed_until if user.is_break_glass else None,
    )
    ended = sessions.end_oldest(user, maximum=security.settings().sessions_maximum, moment=moment)
    user.last_login_at = moment
    user.save(update_fields=["last_login_at"])
    _record(user, session=session, ended=ended)
    return SignedIn(session_token=token, user=user, session=session, grace_until=grace_until, return_path=return_path)


def _record(user: User, *, session: Session, ended: int) -> None:
    actor = sessions.person_actor(
        user.id, label=user.email, grants=frozenset(), auth_method=session.method, session=session.public_id
    )
    started = events.SessionStarted(
        subject=user.public_id,
        subject_label=user.email,
        session=session.public_id,
        method=session.method,
        amr=list(session.amr),
        sessions_ended=ended,
    )
    audit.record(started, actor=actor)
    if user.is_break_glass:
        used = events.BreakGlassUsed(subject=user.public_id, subject_label=user.email, session=session.public_id)
        audit.record(used, actor=actor)


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(id=user.id)
