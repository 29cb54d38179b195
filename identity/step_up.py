"""Sensitive acts ask that the person showed a moment ago that it is they (ASVS 5.0.0-7.5.3).

A person who has a second factor shows that, anybody else their password; keys, service accounts and the system have nothing to show and
pass, for what they may do was given to them on purpose.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from identity import factors, security
from identity.factors import policy
from identity.models import Session
from identity.problems import NotForSupport, StepUpNeeded
from kernel import clock, ids
from kernel.actors import Actor, ActorKind


def require_recent(actor: Actor) -> None:
    """Go on only if the actor's session was proved within `Security.step_up_s` seconds.

    Raises StepUpNeeded, and NotForSupport when somebody of support acts in a person's name.
    """
    if actor.on_behalf_of:
        raise NotForSupport("End the visit; the person changes this themselves.")
    # Every door gives a person the session that they came by; without one the product itself acts for them, e.g. at an invitation.
    if actor.kind is not ActorKind.PERSON or not actor.session:
        return
    session = session_of(actor)
    if session is not None and session.impersonator:
        raise NotForSupport("End the visit; the person changes this themselves.")
    within_s = security.settings().step_up_s
    moment = None if session is None else proved_at(session)
    if moment is None or clock.now() - moment > timedelta(seconds=within_s):
        raise StepUpNeeded("Open /step-up, show that it is you, and repeat.", within_s=within_s)


def session_of(actor: Actor) -> Session | None:
    """The living session that an actor came by, with its person; None for callers without one."""
    if not actor.session:
        return None
    return Session.objects.select_related("user").filter(id=ids.parse("ses", actor.session), revoked_at=None).first()


def note_proof(session: Session, *, amr: Collection[str]) -> None:
    """The person of a session showed just now that it is they; a second factor counts as one."""
    moment = clock.now()
    session.amr = list(dict.fromkeys([*session.amr, *amr]))
    session.proved_at = moment
    session.mfa_at = moment if policy.SECOND & frozenset(amr) else session.mfa_at
    session.save(update_fields=["amr", "proved_at", "mfa_at"])


def proved_at(session: Session) -> datetime | None:
    """When the person of a session last showed what a sensitive act asks for; None when never in this session."""
    if factors.of(session.user):
        return session.mfa_at
    return session.proved_at or session.created_at
