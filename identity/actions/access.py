"""Ending all access at once: what a restored copy must not bring back to life."""

from dataclasses import astuple
from uuid import UUID

from audit import actions as audit
from identity import events, lifecycle
from identity.permissions import Permission
from kernel import tenancy
from kernel.actors import Actor


@tenancy.atomic
def end_access(*, kept_keys: frozenset[UUID], reason: str, actor: Actor) -> lifecycle.Ended:
    """End all that was given out in the tenant, sessions, invitations and API keys among it, but the keys to keep. Passwords stay.

    Idempotent: nothing is recorded when nothing was living. Raises Forbidden.
    """
    actor.require(Permission.WRITE_PEOPLE)
    actor.require(Permission.WRITE_KEYS)
    ended = lifecycle.end_everything(kept_keys=kept_keys, reason=reason[:500])
    if any(astuple(ended)):
        here = tenancy.current()
        event = events.AccessEnded(subject=here.slug, subject_label=here.name, reason=reason, **ended.everything())
        audit.record(event, actor=actor)
    return ended
