"""Reading sessions, links to choose another password, and the figures of security."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value

from identity import attempts, devices, resets, security, sessions
from identity.models import PasswordReset, SecuritySettings, Session, Status, User
from identity.permissions import Permission
from identity.problems import AttemptEnded, PersonNotFound, SessionNotFound, VisitNotFound
from identity.security import Security
from identity.sessions import SessionActor
from kernel import clock, ids, tenancy
from kernel.actors import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A living session as lists show it; `device` in words, `place` where a database of places is set, both without any secret."""

    session: Session
    device: str
    first_place: str
    last_place: str
    is_current: bool

    @property
    def ends_at(self) -> datetime:
        """When it ends at the latest."""
        return self.session.expires_at


def session_actor(token: str) -> SessionActor | None:
    """Who is signed in with a session token, in one statement; None when nobody is."""
    return sessions.find(token)


def living_sessions(q: str = "", *, user_id: UUID | None = None) -> QuerySet[Session]:
    """Sessions whose bearer is let in now; `q` is part of a name or an address of the person, `user_id` narrows to one person."""
    moment = clock.now()
    idle = ExpressionWrapper(F("idle_s") * Value(timedelta(seconds=1)), output_field=DurationField())
    found = (
        sessions.living(moment)
        .select_related("user")
        .alias(idle_until=ExpressionWrapper(F("last_seen_at") + idle, output_field=DateTimeField()))
        .filter(Q(idle_s=None) | Q(idle_until__gt=moment), epoch=F("user__epoch"), user__status=Status.ACTIVE)
    )
    if user_id is not None:
        found = found.filter(user_id=user_id)
    if q:
        told = (
            Q(user__email__icontains=q)
            | Q(user__name__icontains=q)
            | Q(last_address__startswith=q)
            | Q(impersonator_label__icontains=q)
        )
        found = found.filter(told)
    return found


def session(id: UUID) -> Session:  # noqa: A002  (the word of the URL and of the API)
    """One living session with its person. Raises SessionNotFound."""
    row = living_sessions().filter(id=id).first()
    if row is None:
        raise SessionNotFound("Look it up in the list of sessions: there is no such session here, or it has ended.")
    return row


def session_shown(row: Session, *, current: str = "") -> SessionShown:
    """One session for a list; `current` is the shown id of the session of whoever looks."""
    return SessionShown(
        session=row,
        device=devices.in_words(row.user_agent),
        first_place=devices.place_in_words(row.address),
        last_place=devices.place_in_words(row.last_address or row.address),
        is_current=bool(current) and row.public_id == current,
    )


def password_reset(token: str) -> PasswordReset:
    """The open link behind a token, with its person. Raises ResetNotFound."""
    return resets.find(token)


def security_settings() -> Security:
    """The figures that count in the tenant now."""
    return security.settings()


def own_security_settings() -> SecuritySettings:
    """What the tenant itself decided; None in a column means that the installation's figure counts. Not saved when it never did."""
    return SecuritySettings.objects.filter(id=1).first() or SecuritySettings()


def break_glass_accounts(q: str = "") -> QuerySet[User]:
    """The accounts that are kept for emergencies; `q` is part of a name or an address."""
    found = User.objects.filter(is_break_glass=True)
    if q:
        found = found.filter(Q(email__icontains=q) | Q(name__icontains=q))
    return found


def own_living_sessions(q: str = "", *, actor: Actor) -> QuerySet[Session]:
    """The living sessions of the person who asks. Raises PersonNotFound for a key, and for who acts in somebody's name."""
    own = own_person_id(actor)
    return living_sessions(q, user_id=own)


def support_sessions(q: str = "") -> QuerySet[Session]:
    """Living sessions in which somebody of the operator acts as a person."""
    return living_sessions(q).exclude(impersonator="")


def visited_person(token: str) -> User:
    """As whom the link of a visit lets somebody of support act. Raises VisitNotFound."""
    try:
        person = attempts.peek(token, purpose=attempts.Purpose.SUPPORT).user
    except AttemptEnded as ended:
        raise VisitNotFound(
            "Ask for another link at the operator's address: this one was used, or is older than two minutes."
        ) from ended
    if person is None:
        raise VisitNotFound("Ask for another link at the operator's address.")
    return person


def own_person_id(actor: Actor) -> UUID:
    """The id of the person of this tenant that the actor is. Raises PersonNotFound."""
    if actor.kind is not ActorKind.PERSON or actor.on_behalf_of or actor.tenant_id != tenancy.current().id:
        raise PersonNotFound("Sign in as the person whose sessions they are.")
    return ids.parse("usr", actor.id)


def session_for(id: UUID, *, actor: Actor) -> Session:  # noqa: A002
    """One living session that the actor may look at: their own, or with the permission anybody's. Raises SessionNotFound."""
    row = session(id)
    if actor.id != row.user.public_id and not actor.may(Permission.READ_SESSIONS) and not actor.may(Permission.WRITE_SESSIONS):
        raise SessionNotFound("Look it up in the list of your sessions: there is no such session of yours.")
    return row


def may_ask_reset() -> bool:
    """Whether people can ask for a mail to choose another password: the installation sends mail, and the tenant wants it."""
    return bool(settings.MAIL_URL) and security.settings().password_may_reset


def break_glass_state(person: User) -> str:
    """`armed`, or `unarmed`: an account for emergencies that is shut now."""
    return "armed" if person.armed_until is not None and person.armed_until > clock.now() else "unarmed"
