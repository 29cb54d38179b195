"""Reading people and invitations."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import texts, tokens
from identity.models import Invitation, User
from identity.problems import InvitationNotFound, PersonNotFound
from identity.sessions import SessionActor
from kernel import clock, ids, tenancy
from kernel.actors import Actor, ActorKind

__all__ = ["SessionActor"]


def people(q: str = "", status: str = "") -> QuerySet[User]:
    """The tenant's people with their roles; `q` is part of a name or an address, `status` one of `models.Status`."""
    found = User.objects.prefetch_related("bindings__role")
    if q:
        found = found.filter(Q(email__icontains=q) | Q(name__icontains=q))
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


def invitation(token: str) -> Invitation:
    """The open invitation behind a token, with its person. Raises InvitationNotFound."""
    return _one_invitation(token, Invitation.objects.all())


def invitation_for_update(token: str) -> Invitation:
    """The same, locked until the transaction ends. Raises InvitationNotFound."""
    return _one_invitation(token, Invitation.objects.select_for_update(of=("self",)))


def person_of(actor: Actor) -> User | None:
    """The person of this tenant whom an actor is, or whose key it is; None for the system and for callers from another tenant."""
    if actor.tenant_id != tenancy.current().id:
        return None
    if actor.kind is ActorKind.PERSON:
        return people().filter(id=ids.parse("usr", actor.id)).first()
    if actor.kind is ActorKind.KEY:
        return people().filter(api_keys__id=ids.parse("key", actor.id)).first()
    return None


def _one_invitation(token: str, found: QuerySet[Invitation]) -> Invitation:
    digest = tokens.digest(token)
    row = None
    if digest is not None:
        living = found.filter(accepted_at=None, revoked_at=None, expires_at__gt=clock.now())
        row = living.select_related("user").filter(token_hash=digest, user__status="invited").first()
    if row is None:
        raise InvitationNotFound("Ask whoever invited you for a new invitation.")
    return row
