"""Writing people: invite, change, suspend, resume, deactivate."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import bindings, events, inputs, invitations, lifecycle, queries, reach
from identity.models import OWNER_ROLE, Role, RoleBinding, Status, User
from identity.permissions import Permission
from identity.problems import EmailTaken
from kernel import problems, tenancy
from kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Added:
    """An invited person and the token of the invitation, which is shown once and not stored."""

    person: User
    invitation_token: str


def look_at_person(id: UUID, *, actor: Actor) -> User:  # noqa: A002  (the word of the URL and of the API)
    """One person, for somebody who may see people; that they looked is recorded, once a minute. Raises NotFound."""
    found = queries.person(id)
    if actor.id != found.public_id:
        audit.record_read(events.PersonRead(subject=found.public_id, subject_label=found.email), actor=actor)
    return found


@tenancy.atomic
def add_person(email: str, name: str, role_names: Iterable[str], *, actor: Actor) -> Added:
    """Invite a person with some roles. Raises Forbidden, BeyondOwnGrants, InputInvalid, EmailTaken."""
    actor.require(Permission.WRITE_PEOPLE)
    address, called = inputs.email(email), inputs.name(name)
    roles = bindings.find(role_names)
    reach.require_within(actor, bindings.grants_of(roles))
    user = _create(address, name=called)
    bindings.bind(user, roles)
    invitation, token = invitations.issue(user)
    audit.record(
        events.PersonAdded(
            subject=user.public_id,
            subject_label=user.email,
            email=user.email,
            roles=[role.name for role in roles],
            invitation=invitation.public_id,
        ),
        actor=actor,
    )
    return Added(person=user, invitation_token=token)


@tenancy.atomic
def change_person(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    name: str | None = None,
    role_names: Iterable[str] | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> User:
    """Give a person another name, exactly these roles, or both; None leaves as it is.

    Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, PreconditionFailed, LastOwner.
    """
    actor.require(Permission.WRITE_PEOPLE)
    called = None if name is None else inputs.name(name)
    user = queries.person_for_update(id)
    problems.require_version(user, expected=expected_version)
    old_name = user.name
    added, removed = ([], []) if role_names is None else _exchange_roles(user, role_names, actor=actor)
    if not added and not removed and called in (None, old_name):
        return queries.person(id)
    user.name = called or old_name
    user.version += 1
    user.save(update_fields=["name", "version"])
    audit.record(
        events.PersonChanged(
            subject=user.public_id,
            subject_label=user.email,
            old_name=old_name,
            new_name=user.name,
            roles_added=added,
            roles_removed=removed,
        ),
        actor=actor,
    )
    return queries.person(id)


@tenancy.atomic
def suspend_person(id: UUID, *, reason: str, actor: Actor) -> User:  # noqa: A002
    """Shut a person out until resumed: sessions end now, keys are refused meanwhile.

    Idempotent: a suspended person stays as they are. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, LastOwner, PersonState.
    """
    actor.require(Permission.WRITE_PEOPLE)
    why = inputs.reason(reason)
    user = queries.person_for_update(id)
    reach.require_within(actor, user.grants)
    if user.status == Status.SUSPENDED:
        return user
    ended = lifecycle.suspend(user, reason=why)
    event = events.PersonSuspended(subject=user.public_id, subject_label=user.email, reason=why, sessions_ended=ended.sessions)
    audit.record(event, actor=actor)
    return user


@tenancy.atomic
def resume_person(id: UUID, *, actor: Actor) -> User:  # noqa: A002
    """Let a suspended person enter again; keys that were not revoked work again.

    Idempotent: a person who may enter stays as they are. Raises Forbidden, BeyondOwnGrants, NotFound, PersonState.
    """
    actor.require(Permission.WRITE_PEOPLE)
    user = queries.person_for_update(id)
    reach.require_within(actor, user.grants)
    if user.status in (Status.ACTIVE, Status.INVITED):
        return user
    lifecycle.resume(user)
    event = events.PersonResumed(subject=user.public_id, subject_label=user.email, status=str(user.status))
    audit.record(event, actor=actor)
    return user


@tenancy.atomic
def deactivate_person(id: UUID, *, reason: str, actor: Actor) -> User:  # noqa: A002
    """End a person's access for good: sessions, keys and open invitations end in the same moment.

    Idempotent: a deactivated person stays as they are. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, LastOwner.
    """
    actor.require(Permission.WRITE_PEOPLE)
    why = inputs.reason(reason)
    user = queries.person_for_update(id)
    reach.require_within(actor, user.grants)
    if user.status == Status.DEACTIVATED:
        return user
    ended = lifecycle.deactivate(user, reason=why)
    audit.record(
        events.PersonDeactivated(
            subject=user.public_id,
            subject_label=user.email,
            reason=why,
            sessions_ended=ended.sessions,
            keys_revoked=ended.keys,
            invitations_revoked=ended.invitations,
        ),
        actor=actor,
    )
    return user


def _create(email: str, *, name: str) -> User:
    taken = EmailTaken("Change the person who has this address instead; people are never added twice.", email=email)
    if User.objects.filter(email=email).exists():
        raise taken
    try:
        with tenancy.atomic():
            return User.objects.create(email=email, name=name)
    except IntegrityError as fault:
        raise taken from fault


def _exchange_roles(user: User, wanted: Iterable[str], *, actor: Actor) -> tuple[list[str], list[str]]:
    """Give and take roles until the person has exactly the wanted ones; the names of those given and taken."""
    future = {role.name: role for role in bindings.find(wanted)}
    present = bindings.held_by(user)
    added = _missing_from(future, present)
    removed = _missing_from(present, future)
    reach.require_within(actor, bindings.grants_of([*added, *removed]))
    if any(role.name == OWNER_ROLE for role in removed):
        lifecycle.require_other_owner(user)
    RoleBinding.objects.filter(user=user, role__in=removed).delete()
    bindings.bind(user, added)
    return [role.name for role in added], [role.name for role in removed]


def _missing_from(roles: dict[str, Role], others: dict[str, Role]) -> list[Role]:
    return [roles[name] for name in sorted(roles.keys() - others.keys())]
