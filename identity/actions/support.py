"""Writing visits of support: somebody of the operator acts as a person of a tenant, for a while, for a reason, and in both trails."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from audit import actions as audit
from identity import attempts, events, inputs, queries, security, sessions, step_up, support
from identity.attempts import Purpose
from identity.models import Session, SignInAttempt, Status, User
from identity.permissions import Permission
from identity.problems import AttemptEnded, SupportNotAllowed, VisitNotFound
from identity.support import Impersonator
from kernel import clock, ids, tenancy
from kernel.actors import Actor, ActorKind

CLOSED = "Ask the tenant to let support in, or the person to do it themselves."


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that may begin within two minutes, by a link on the tenant's host; its token is shown once and not stored."""

    tenant: str
    host: str
    person: str
    email: str
    token: str = field(repr=False)
    until: datetime

    @property
    def path(self) -> str:
        """The path of the link, to be put behind the tenant's address."""
        return f"/support/enter/{self.token}"


def allow_visit(tenant: str, *, email: str, minutes: int, reason: str, actor: Actor) -> Visit:
    """Let a person of the operator act as a person of a tenant, given by slug and address, for 1 to 60 minutes.

    Works in the platform alone, for a signed-in person. Raises Forbidden, StepUpNeeded, InputInvalid, SupportNotAllowed, TenantNotFound,
    PersonNotFound.
    """
    actor.require(Permission.IMPERSONATE)
    step_up.require_recent(actor)
    why = inputs.reason(reason)
    if not 1 <= minutes <= support.MINUTES_MAX:
        raise inputs.refuse("/minutes", code="out_of_range", detail=f"A visit takes 1 to {support.MINUTES_MAX} minutes.")
    visitor = _visitor(actor, reason=why)
    ref = import_string(settings.TENANT_BY_SLUG)(tenant)
    if ref.is_platform:
        raise SupportNotAllowed("Nobody acts as a person of the operator.")
    with tenancy.activate(ref, purpose=tenancy.Purpose.REQUEST):
        return _allowed(email, minutes=minutes, visitor=visitor, actor=actor)


@tenancy.atomic
def begin_visit(token: str) -> tuple[Session, str]:
    """Enter by the link of a visit: the session, and its token, which is not stored. Once, and from one browser.

    The supporting person must still be active. Raises VisitNotFound, SupportNotAllowed.
    """
    try:
        attempt = attempts.find(token, purpose=Purpose.SUPPORT)
    except AttemptEnded as ended:
        raise VisitNotFound(
            "Ask for another link at the operator's address: this one was used, or is older than two minutes."
        ) from ended
    user, visitor = _person(attempt), _visitor_of(attempt)
    _require_open(user)
    if not support.may_still(visitor):
        raise SupportNotAllowed("Your own access ended. Sign in at the operator's address again.")
    attempts.consume(attempt)
    moment = clock.now()
    until = attempt.created_at + timedelta(minutes=int(attempt.proofs[3]))
    session, session_token = sessions.begin(
        user, moment=moment, method=sessions.SUPPORT, amr=(), expires_at=until, impersonator=visitor
    )
    event = events.SupportEntered(
        subject=user.public_id, subject_label=user.email, session=session.public_id, until=clock.rfc3339(session.expires_at)
    )
    actor = support.actor_as(visitor, person=user.public_id, grants=frozenset(), session=session.public_id, facts=None)
    audit.record(event, actor=actor)
    return session, session_token


@tenancy.atomic
def end_visits(*, actor: Actor) -> int:
    """End visits: from within one, that one; with the permission to end sessions, all of the tenant. The number of them.

    Raises Forbidden.
    """
    moment = clock.now()
    own = ids.parse("ses", actor.session) if actor.on_behalf_of and actor.session else None
    if own is None:
        actor.require(Permission.WRITE_SESSIONS)
    found = queries.support_sessions() if own is None else queries.support_sessions().filter(id=own)
    ended = sum(sessions.end(session.id, reason="visit_ended", moment=moment) for session in found)
    here = tenancy.current()
    subject = actor.on_behalf_of or here.slug
    audit.record(events.SupportLeft(subject=subject, sessions_ended=ended), actor=actor)
    return ended


@tenancy.atomic
def _allowed(email: str, *, minutes: int, visitor: Impersonator, actor: Actor) -> Visit:
    user = queries.person_by_email(email)
    _require_open(user)
    remembered = [visitor.id, visitor.label, str(visitor.epoch), str(minutes), visitor.reason]
    begun = attempts.begin(Purpose.SUPPORT, user=user, proofs=remembered, method=sessions.SUPPORT, life_s=support.HANDOVER_S)
    event = events.SupportAllowed(subject=user.public_id, subject_label=user.email, minutes=minutes, reason=visitor.reason)
    audit.record(event, actor=actor)
    here = tenancy.current()
    return Visit(
        tenant=here.slug,
        host=import_string(settings.TENANT_HOST)(here.id),
        person=user.public_id,
        email=user.email,
        token=begun.token,
        until=begun.attempt.created_at + timedelta(minutes=minutes),
    )


def _visitor(actor: Actor, *, reason: str) -> Impersonator:
    """Who visits: a signed-in person of the platform, nobody's key, and nobody who is on a visit themselves."""
    person = queries.person_of(actor) if tenancy.current().is_platform else None
    if person is None or actor.kind is not ActorKind.PERSON or actor.on_behalf_of:
        raise SupportNotAllowed("Sign in at the operator's address as yourself; keys and commands act in nobody's name.")
    return Impersonator(id=person.public_id, label=person.email, epoch=person.epoch, reason=reason)


def _visitor_of(attempt: SignInAttempt) -> Impersonator:
    shown_id, label, epoch, _, reason = attempt.proofs
    return Impersonator(id=shown_id, label=label, epoch=int(epoch), reason=reason)


def _person(attempt: SignInAttempt) -> User:
    if attempt.user is None:
        raise SupportNotAllowed(CLOSED)
    return attempt.user


def _require_open(user: User) -> None:
    if not security.settings().support_may_enter or user.status != Status.ACTIVE or user.is_break_glass:
        raise SupportNotAllowed(CLOSED)
