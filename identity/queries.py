"""Reading: people, roles, keys, invitations, and who stands behind a session token or a key."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import builtin_roles as builtin
from identity import key_check, sessions, texts, tokens
from identity.models import ApiKey, Invitation, KeyState, Role, User
from identity.problems import InvitationNotFound, KeyNotFound, PersonNotFound, RoleNotFound
from identity.sessions import SessionActor
from kernel import clock, ids, tenancy
from kernel.actors import Actor, ActorKind

__all__ = ["SessionActor"]


def people(q: str = "", status: str = "") -> QuerySet[User]:
    """The tenant's people with their roles; `q` is part of a name or an address, `status` one of `models.Status`."""
    found = User.objects.prefetch_related("bindings__role")
    if q:
        found = found.filter(Q(email__icontains=q) | Q(name__icontains=q)) if _is_text(q) else found.none()
    return found.filter(status=status) if status else found


def person(id: UUID) -> User:  # noqa: A002  (the word of the URL and of the API)
    """One person with their roles. Raises PersonNotFound."""
    row = people().filter(id=id).first()
    if row is None:
        raise PersonNotFound("Look it up in the list of people: there is no such person here.")
    return row


def person_by_email(email: str) -> User:
    """One person by address, in any spelling that means it. Raises PersonNotFound."""
    try:
        row = people().filter(email=texts.email(email)).first()
    except texts.BadText:
        row = None
    if row is None:
        raise PersonNotFound("Look it up in the list of people: nobody here has this address.")
    return row


def person_for_update(id: UUID) -> User:  # noqa: A002
    """One person, locked until the transaction ends, roles not loaded. Raises PersonNotFound."""
    row = User.objects.select_for_update().filter(id=id).first()
    if row is None:
        raise PersonNotFound("Look it up in the list of people: there is no such person here.")
    return row


def builtin_roles() -> tuple[builtin.BuiltIn, ...]:
    """The roles that this release gives every tenant, as data."""
    return builtin.ALL


def has_builtin_roles() -> bool:
    """Whether the tenant's built-in roles are those of this release; one statement."""
    found = {
        role.name: (role.label, role.description, tuple(role.permissions))
        for role in Role.objects.filter(is_builtin=True, name__in=[wanted.name for wanted in builtin.ALL])
    }
    return found == {wanted.name: (wanted.label, wanted.description, tuple(wanted.permissions)) for wanted in builtin.ALL}


def roles(q: str = "") -> QuerySet[Role]:
    """The tenant's roles; `q` is part of a name or a label."""
    found = Role.objects.all()
    if q:
        found = found.filter(Q(name__icontains=q) | Q(label__icontains=q)) if _is_text(q) else found.none()
    return found


def role(id: UUID) -> Role:  # noqa: A002
    """One role. Raises RoleNotFound."""
    return _one_role(Role.objects.filter(id=id))


def role_for_update(id: UUID) -> Role:  # noqa: A002
    """One role, locked until the transaction ends. Raises RoleNotFound."""
    return _one_role(Role.objects.select_for_update().filter(id=id))


def api_keys(q: str = "", state: str = "") -> QuerySet[ApiKey]:
    """The tenant's keys with their owners; `q` is part of a name or of what is displayed, `state` one of `models.KeyState`."""
    found = ApiKey.objects.select_related("owner")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(display__icontains=q)) if _is_text(q) else found.none()
    moment = clock.now()
    if state == KeyState.REVOKED:
        return found.filter(revoked_at__isnull=False)
    if state == KeyState.EXPIRED:
        return found.filter(revoked_at=None, expires_at__lte=moment)
    if state == KeyState.ACTIVE:
        return found.filter(revoked_at=None, expires_at__gt=moment)
    return found.none() if state else found


def api_key(id: UUID) -> ApiKey:  # noqa: A002
    """One key with its owner. Raises KeyNotFound."""
    return _one_key(api_keys().filter(id=id))


def api_key_for_update(id: UUID) -> ApiKey:  # noqa: A002
    """One key, locked until the transaction ends. Raises KeyNotFound."""
    return _one_key(api_keys().select_for_update(of=("self",)).filter(id=id))


def invitation(token: str) -> Invitation:
    """The open invitation behind a token, with its person. Raises InvitationNotFound."""
    return _one_invitation(token, Invitation.objects.all())


def invitation_for_update(token: str) -> Invitation:
    """The same, locked until the transaction ends. Raises InvitationNotFound."""
    return _one_invitation(token, Invitation.objects.select_for_update(of=("self",)))


def session_actor(token: str) -> SessionActor | None:
    """Who is signed in with a session token, in one statement; None when nobody is."""
    return sessions.find(token)


def key_actor(presented: str) -> Actor:
    """The actor of a presented API key, in one statement. Raises KeyRefused, whose reason stands only in the trail."""
    return key_check.actor_of(presented)


def person_of(actor: Actor) -> User | None:
    """The person of this tenant whom an actor is, or whose key it is; None for the system and for callers from another tenant."""
    if actor.tenant_id != tenancy.current().id:
        return None
    if actor.kind is ActorKind.PERSON:
        return people().filter(id=ids.parse("usr", actor.id)).first()
    if actor.kind is ActorKind.KEY:
        return people().filter(api_keys__id=ids.parse("key", actor.id)).first()
    return None


def _one_role(found: QuerySet[Role]) -> Role:
    row = found.first()
    if row is None:
        raise RoleNotFound("Look it up in the list of roles: there is no such role here.")
    return row


def _one_key(found: QuerySet[ApiKey]) -> ApiKey:
    row = found.first()
    if row is None:
        raise KeyNotFound("Look it up in the list of API keys: there is no such key here.")
    return row


def _one_invitation(token: str, found: QuerySet[Invitation]) -> Invitation:
    digest = tokens.digest(token)
    row = None
    if digest is not None:
        living = found.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
        row = living.select_related("user").filter(token_hash=digest, user__status="invited").first()
    if row is None:
        raise InvitationNotFound("Ask whoever invited you for a new invitation.")
    return row


def _is_text(q: str) -> bool:
    """PostgreSQL's texts hold no NUL, so nothing can match it."""
    return "\0" not in q
