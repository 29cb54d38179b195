"""Ending all access at once: what a restored copy must not bring back to life."""

from dataclasses import dataclass
from uuid import UUID

from audit import actions as audit
from identity import events
from identity.models import ApiKey, Invitation, Session
from identity.permissions import Permission
from kernel import clock, tenancy
from kernel.actors import Actor

SESSION_REASON = "tenant_restored"


@dataclass(frozen=True, slots=True)
class AccessEnded:
    """How many of each were living and are not any more."""

    sessions: int
    keys: int
    invitations: int


@tenancy.atomic
def end_access(*, kept_keys: frozenset[UUID], reason: str, actor: Actor) -> AccessEnded:
    """End every session, every open invitation and every API key of the tenant but those to keep. Passwords stay.

    Idempotent: nothing is recorded when nothing was living. Raises Forbidden.
    """
    actor.require(Permission.WRITE_PEOPLE)
    actor.require(Permission.WRITE_KEYS)
    moment = clock.now()
    sessions = Session.objects.filter(revoked_at=None).update(revoked_at=moment, revoke_reason=SESSION_REASON)
    keys = ApiKey.objects.filter(revoked_at=None).exclude(id__in=kept_keys).update(revoked_at=moment, revoke_reason=reason[:500])
    invitations = Invitation.objects.filter(accepted_at=None, revoked_at=None).update(revoked_at=moment)
    ended = AccessEnded(sessions=sessions, keys=keys, invitations=invitations)
    if sessions or keys or invitations:
        here = tenancy.current()
        event = events.AccessEnded(
            subject=here.slug,
            subject_label=here.name,
            reason=reason,
            sessions_ended=sessions,
            keys_revoked=keys,
            invitations_revoked=invitations,
        )
        audit.record(event, actor=actor)
    return ended
