"""Sessions of browsers: begun, found by token in one statement, and dead by time, by revocation or by the person's epoch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from identity import grant_texts, tokens
from identity.models import Session, User
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.tenancy.backend import prepared

SEEN_EVERY_S: Final = 60
ADDRESS_MAX: Final = 45
AGENT_MAX: Final = 400

# Every condition stands in the statement: why a session is dead changes nothing for its bearer.
_FIND: Final = prepared.Statement(
    name="identity_session",
    types="text, timestamptz, timestamptz",
    sql="""
SELECT s.id, s.last_seen_at, u.id, u.name, u.email,
       '[' || array_to_string(ARRAY(SELECT (SELECT r.permissions::text FROM identity_role r WHERE r.id = b.role_id)
          FROM identity_rolebinding b WHERE b.user_id = u.id), ',') || ']'
  FROM identity_session s JOIN identity_user u ON u.id = s.user_id
 WHERE s.key_hash = decode($1, 'hex') AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3
   AND s.epoch = u.epoch AND u.status = 'active'
""",
)


@dataclass(frozen=True, slots=True)
class SessionActor:
    """A signed-in person: the actor that actions ask for, and what pages show of them."""

    actor: Actor
    user_id: UUID
    session_id: UUID
    name: str
    email: str


def begin(user: User, *, moment: datetime) -> tuple[Session, str]:
    """A new session of the person and its token, which is not stored."""
    token = tokens.generate()
    unit = context.current()
    session = Session.objects.create(
        key_hash=tokens.digest(token),
        user=user,
        epoch=user.epoch,
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + timedelta(seconds=settings.SESSION_ABSOLUTE_S),
        address=unit.address[:ADDRESS_MAX],
        user_agent=unit.user_agent[:AGENT_MAX],
    )
    return session, token


def find(token: str) -> SessionActor | None:
    """The person behind a session token, in one statement; None when there is no living session.

    Notes at most once a minute that the session was seen: bookkeeping for the idle limit, not a change that anybody made.
    """
    digest = tokens.digest(token)
    if digest is None:
        return None
    moment = clock.now()
    idle_since = moment - timedelta(seconds=settings.SESSION_IDLE_S)
    row = _FIND.first(digest.hex(), moment.isoformat(), idle_since.isoformat())
    if row is None:
        return None
    session_id, seen, user_id, name, email, roles = (text or "" for text in row)
    last_seen_at = datetime.fromisoformat(seen)
    if moment - last_seen_at > timedelta(seconds=SEEN_EVERY_S):
        Session.objects.filter(id=UUID(session_id)).update(last_seen_at=moment)
    actor = person_actor(
        UUID(user_id),
        label=email,
        grants=grant_texts.of_roles(roles),
        auth_method="session",
        session=ids.show("ses", UUID(session_id)),
    )
    return SessionActor(actor=actor, user_id=UUID(user_id), session_id=UUID(session_id), name=name, email=email)


def person_actor(user_id: UUID, *, label: str, grants: frozenset[str], auth_method: str, session: str = "") -> Actor:
    """A person of the active tenant as actions and the trail see them; `session` is the shown id of the session that they came by."""
    return Actor(
        kind=ActorKind.PERSON,
        id=ids.show("usr", user_id),
        label=label,
        tenant_id=tenancy.current().id,
        grants=(grants,),
        auth_method=auth_method,
        session=session,
    )


def end_all(user_id: UUID, *, reason: str, moment: datetime) -> int:
    """Revoke all living sessions of a person; the number of them. The caller bumps the epoch in the same transaction."""
    return Session.objects.filter(user_id=user_id, revoked_at=None, expires_at__gt=moment).update(
        revoked_at=moment, revoke_reason=reason
    )
