"""Sessions of browsers: begun, found by token in one statement, given other tokens, and dead by time, by revocation or by the person's epoch."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from identity import grant_texts, networks, security, support, tokens
from identity.access import facts as access_facts
from identity.access import sql as access_sql
from identity.models import Session, User
from identity.networks import sql as network_sql
from identity.support import Impersonator
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.tenancy.backend import prepared

SEEN_EVERY_S: Final = 60
ADDRESS_MAX: Final = 45
AGENT_MAX: Final = 400
BREAK_GLASS: Final = "break_glass"
SUPPORT: Final = "support"
TOO_MANY: Final = "too_many_sessions"

# Every condition stands in the statement: why a session is dead changes nothing for its bearer.
_FIND: Final = prepared.Statement(
    name="identity_session",
    types="text, timestamptz, integer",
    sql=f"""
SELECT s.id, s.last_seen_at, s.last_address, s.method, s.mfa_at, s.rotate_due, s.expires_at,
       s.impersonator, s.impersonator_label, s.impersonator_epoch, u.id, u.name, u.email,
       {access_sql.grants_of_user("u.id")}, {network_sql.lists_of_user("u.id")}, {access_sql.facts_of_user("u.id")}
  FROM identity_session s JOIN identity_user u ON u.id = s.user_id
 WHERE s.key_hash = decode($1, 'hex') AND s.revoked_at IS NULL AND s.expires_at > $2
   AND s.last_seen_at > $2 - make_interval(secs => coalesce(s.idle_s, $3)) AND s.epoch = u.epoch AND u.status = 'active'
""",
)


@dataclass(frozen=True, slots=True)
class SessionActor:
    """A signed-in person: the actor that actions ask for, and what pages show of them.

    Somebody of the operator who acts as the person is named in `impersonator_label`, and the session ends at `expires_at` whatever they do. A
    session with `is_rotation_due` gets another token with its next page.
    """

    actor: Actor
    user_id: UUID
    session_id: UUID
    name: str
    email: str
    expires_at: datetime
    impersonator_label: str = ""
    is_rotation_due: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    """The columns of the one statement."""

    session_id: UUID
    last_seen_at: datetime
    last_address: str
    method: str
    mfa_at: datetime | None
    is_rotation_due: bool
    expires_at: datetime
    impersonator: Impersonator | None
    user_id: UUID
    name: str
    email: str
    grants: str
    networks: str
    facts: str


def begin(
    user: User,
    *,
    moment: datetime,
    method: str = "password",
    amr: Iterable[str] = ("pwd",),
    mfa_at: datetime | None = None,
    expires_at: datetime | None = None,
    impersonator: Impersonator | None = None,
) -> tuple[Session, str]:
    """A new session of the person and its token, which is not stored; it ends with the tenant's limits, or at `expires_at` if that is sooner."""
    rules = security.settings()
    token = tokens.generate()
    unit = context.current()
    latest = moment + timedelta(seconds=rules.session_absolute_s)
    session = Session.objects.create(
        key_hash=tokens.digest(token),
        user=user,
        epoch=user.epoch,
        method=method,
        amr=list(amr),
        proved_at=moment,
        mfa_at=mfa_at,
        created_at=moment,
        last_seen_at=moment,
        idle_s=rules.session_idle_s,
        expires_at=latest if expires_at is None else min(latest, expires_at),
        address=unit.address[:ADDRESS_MAX],
        last_address=unit.address[:ADDRESS_MAX],
        user_agent=unit.user_agent[:AGENT_MAX],
        **(impersonator.columns() if impersonator else {}),
    )
    return session, token


def find(token: str) -> SessionActor | None:
    """The person behind a session token, in one statement; None when there is no living session.

    Notes at most once a minute, and when the address changes, that the session was seen: bookkeeping for the idle limit and for the list, not a
    change that anybody made. Behind a session of support the supporting person must still be allowed to: two more statements, for those alone.
    """
    digest = tokens.digest(token)
    if digest is None:
        return None
    moment = clock.now()
    row = _found(digest, moment=moment)
    if row is None or _is_barred(row):
        return None
    _note_seen(row, moment=moment)
    return SessionActor(
        actor=_actor(row),
        user_id=row.user_id,
        session_id=row.session_id,
        name=row.name,
        email=row.email,
        expires_at=row.expires_at,
        impersonator_label=row.impersonator.label if row.impersonator else "",
        is_rotation_due=row.is_rotation_due,
    )


def rotate(session_id: UUID) -> str:
    """Another token for a living session that is due for one; the one before is refused from now on. Empty when it has ended, or has one already.

    After a change of privilege, and after another proof, a token that somebody saw before is worth nothing (ASVS 5.0.0-7.2.4). Of two tabs that ask
    at once one gets it, so that the answer which the browser reads last cannot bring back a dead one.
    """
    token = tokens.generate()
    due = living(clock.now()).filter(id=session_id, rotate_due=True)
    updated = due.update(key_hash=tokens.digest(token), rotate_due=False)
    return token if updated else ""


def locked(session_id: UUID) -> Session | None:
    """A living session, locked until the transaction ends; None when it has ended."""
    return living(clock.now()).select_for_update().filter(id=session_id).first()


def carry_over(session: Session, *, epoch: int) -> str:
    """Keep a session that was locked before all others of the person ended, in their new epoch and under another token."""
    token = tokens.generate()
    fresh = {"key_hash": tokens.digest(token), "epoch": epoch, "rotate_due": False, "revoked_at": None, "revoke_reason": ""}
    Session.objects.filter(id=session.id).update(**fresh)
    return token


def rotate_later(user_id: UUID) -> int:
    """Let each living session of a person get another token with its next page, because what the person may do has changed; their number."""
    return living(clock.now()).filter(user_id=user_id).update(rotate_due=True)


def living(moment: datetime) -> QuerySet[Session]:
    """Sessions that are neither revoked nor past their end; idle ones and those of an older epoch are among them."""
    return Session.objects.filter(revoked_at=None, expires_at__gt=moment)


def end(session_id: UUID, *, reason: str, moment: datetime) -> int:
    """Revoke one session; 0 when it had ended already."""
    return living(moment).filter(id=session_id).update(revoked_at=moment, revoke_reason=reason)


def end_all(user_id: UUID, *, reason: str, moment: datetime) -> int:
    """Revoke all living sessions of a person; the number of them. The caller bumps the epoch in the same transaction."""
    return living(moment).filter(user_id=user_id).update(revoked_at=moment, revoke_reason=reason)


def end_others(user_id: UUID, *, kept: UUID | None, reason: str, moment: datetime) -> int:
    """Revoke all living sessions of a person but one; the number of them. The epoch stays."""
    others = living(moment).filter(user_id=user_id)
    return (others.exclude(id=kept) if kept else others).update(revoked_at=moment, revoke_reason=reason)


def end_oldest(user: User, *, maximum: int, moment: datetime) -> int:
    """Revoke the sessions that are too many, those seen longest ago first; the number of them. Sessions of support do not count."""
    counted = living(moment).filter(user=user, epoch=user.epoch, impersonator="").order_by("-last_seen_at", "-id")
    surplus = list(counted.values_list("id", flat=True)[maximum:])
    return Session.objects.filter(id__in=surplus).update(revoked_at=moment, revoke_reason=TOO_MANY) if surplus else 0


def end_surplus(*, maximum: int, moment: datetime) -> int:
    """The same for everybody at once: for a maximum that became smaller."""
    counted = living(moment).filter(impersonator="")
    newest_first = [F("last_seen_at").desc(), F("id").desc()]
    ranked = counted.alias(place=Window(RowNumber(), partition_by=F("user_id"), order_by=newest_first))
    surplus = list(ranked.filter(place__gt=maximum).values_list("id", flat=True))
    return Session.objects.filter(id__in=surplus).update(revoked_at=moment, revoke_reason=TOO_MANY) if surplus else 0


def person_actor(
    user_id: UUID, *, label: str, grants: frozenset[str], auth_method: str, session: str = "", facts: Any = None
) -> Actor:
    """A person of the active tenant as actions and the trail see them; `session` is the shown id of the session that they came by."""
    return Actor(
        kind=ActorKind.PERSON,
        id=ids.show("usr", user_id),
        label=label,
        tenant_id=tenancy.current().id,
        grants=(grants,),
        auth_method=auth_method,
        session=session,
        facts=facts,
    )


def _found(digest: bytes, *, moment: datetime) -> _Row | None:
    row = _FIND.first(digest.hex(), moment.isoformat(), str(settings.SESSION_IDLE_S))
    if row is None:
        return None
    texts = [text or "" for text in row]
    session_id, seen, last_address, method, mfa, rotate_due, expires, shown_id, label, epoch, user_id, name, email = texts[:13]
    grants, lists, facts = texts[13:]
    return _Row(
        session_id=UUID(session_id),
        last_seen_at=datetime.fromisoformat(seen),
        last_address=last_address,
        method=method,
        mfa_at=datetime.fromisoformat(mfa) if mfa else None,
        is_rotation_due=rotate_due == "t",
        expires_at=datetime.fromisoformat(expires),
        impersonator=Impersonator(id=shown_id, label=label, epoch=int(epoch or 0)) if shown_id else None,
        user_id=UUID(user_id),
        name=name,
        email=email,
        grants=grants,
        networks=lists,
        facts=facts,
    )


def _is_barred(row: _Row) -> bool:
    """Whether the session may not be used from here, or whoever supports behind it may not any more."""
    if not networks.allow(row.networks, context.current().address):
        return True
    return row.impersonator is not None and not support.may_still(row.impersonator)


def _note_seen(row: _Row, *, moment: datetime) -> None:
    address = context.current().address[:ADDRESS_MAX]
    if moment - row.last_seen_at > timedelta(seconds=SEEN_EVERY_S) or (address and address != row.last_address):
        Session.objects.filter(id=row.session_id).update(last_seen_at=moment, last_address=address or row.last_address)


def _actor(row: _Row) -> Actor:
    grants, session = grant_texts.of_roles(row.grants), ids.show("ses", row.session_id)
    is_support = row.impersonator is not None
    facts = access_facts.read(row.facts, method=row.method, mfa_at=row.mfa_at, is_support=is_support)
    if row.impersonator is not None:
        person = ids.show("usr", row.user_id)
        return support.actor_as(row.impersonator, person=person, grants=grants, session=session, facts=facts)
    auth_method = BREAK_GLASS if row.method == BREAK_GLASS else "session"
    return person_actor(row.user_id, label=row.email, grants=grants, auth_method=auth_method, session=session, facts=facts)
