"""Writing people: invite, change, suspend, resume, deactivate."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import access, bindings, events, inputs, invitations, lifecycle, profiles, queries, reach, sessions
from identity.actions.way_in import way_in_kept
from identity.models import OWNER_ROLE, Role, RoleBinding, Status, User
from identity.permissions import Permission
from identity.problems import EmailTaken
from kernel import problems, tenancy
from kernel.actors import Actor

UNHINDERED = (Status.ACTIVE, Status.INVITED, Status.WAITING)


@dataclass(frozen=True, slots=True)
class Added:
    """An invited person and the token of the invitation, which is shown once and not stored."""

    person: User
    invitation_token: str = field(repr=False)


def look_at_person(id: UUID, *, actor: Actor) -> User:  # noqa: A002  (the word of the URL and of the API)
    """One person, for somebody who may see people; that they looked is recorded, once a minute. Raises NotFound."""
    found = queries.person(id)
    if actor.id != found.public_id:
        audit.record_read(events.PersonRead(subject=found.public_id, subject_label=found.email), actor=actor)
    return found


@tenancy.atomic
def add_person(email: str, name: str, role_names: Iterable[str], *, actor: Actor) -> Added:
    """Invite a person with some roles. Raises Forbidden, BeyondOwnGrants, InputInvalid, EmailTaken, StepUpNeeded."""
    actor.require(Permission.WRITE_PEOPLE)
    address, called = inputs.email(email), inputs.name(name)
    roles = bindings.find(role_names)
    reach.require_may_exchange(actor, bindings.grants_of(roles))
    user = _create(address, name=called)
    bindings.bind(user, roles)
    invitation, token = invitations.issue(user, invited_by=actor.id)
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
    attributes: dict[str, str] | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> User:
    """Give a person another name, exactly these roles, exactly these attributes, or all of it; None leaves as it is.

    Idempotent: what is so already is not recorded. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, PreconditionFailed, LastOwner,
    StepUpNeeded, WouldLockOut.
    """
    actor.require(Permission.WRITE_PEOPLE)
    called = None if name is None else inputs.name(name)
    known = None if attributes is None else profiles.attributes(attributes)
    user = queries.person_for_update(id)
    problems.require_version(user, expected=expected_version)
    before = (user.name, user.attributes)
    if known is not None and known != user.attributes:
        # Policies ask for attributes: whoever may not do what the person does decides nothing about it either.
        reach.require_within(actor, access.grants_of(user))
    added, removed = ([], []) if role_names is None else _exchange_roles(user, role_names, actor=actor)
    user.name = user.name if called is None else called
    user.attributes = user.attributes if known is None else known
    if added or removed or before != (user.name, user.attributes):
        user.version += 1
        user.save(update_fields=["name", "attributes", "version"])
        audit.record(_changed(user, before=before, roles=(added, removed)), actor=actor)
    return queries.person(id)


@tenancy.atomic
def suspend_person(id: UUID, *, reason: str, actor: Actor) -> User:  # noqa: A002
    """Shut a person out until resumed: sessions end now, keys are refused meanwhile.

    Idempotent: a suspended person stays as they are. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, LastOwner, PersonState.
    """
    actor.require(Permission.WRITE_PEOPLE)
    why = inputs.reason(reason)
    user = _within_reach(id, actor=actor)
    return user if user.status == Status.SUSPENDED else carry_out_suspension(user, reason=why, actor=actor)


@tenancy.atomic
def resume_person(id: UUID, *, actor: Actor) -> User:  # noqa: A002
    """Let a suspended person enter again; keys that were not revoked work again.

    Idempotent: a person who may enter stays as they are. Raises Forbidden, BeyondOwnGrants, NotFound, PersonState, SeatsExhausted.
    """
    actor.require(Permission.WRITE_PEOPLE)
    user = _within_reach(id, actor=actor)
    return user if user.status in UNHINDERED else carry_out_resumption(user, actor=actor)


@tenancy.atomic
def deactivate_person(id: UUID, *, reason: str, actor: Actor) -> User:  # noqa: A002
    """End a person's access for good: sessions, keys and open invitations end in the same moment.

    Idempotent: a deactivated person stays as they are. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, LastOwner.
    """
    actor.require(Permission.WRITE_PEOPLE)
    why = inputs.reason(reason)
    user = _within_reach(id, actor=actor)
    return user if user.status == Status.DEACTIVATED else carry_out_deactivation(user, reason=why, actor=actor)


def carry_out_suspension(user: User, *, reason: str, actor: Actor, source: str = lifecycle.ADMIN) -> User:
    """The cascade and its entry, for a locked person whom the actor may suspend; `source` is the door. Raises LastOwner, PersonState."""
    ended = lifecycle.suspend(user, reason=reason, source=source)
    event = events.PersonSuspended(
        subject=user.public_id,
        subject_label=user.email,
        reason=reason,
        source=source,
        **ended.entrances(),
    )
    audit.record(event, actor=actor)
    return user


def carry_out_resumption(user: User, *, actor: Actor, source: str = lifecycle.ADMIN) -> User:
    """The end of a suspension and its entry, for a locked person. Raises PersonState, SeatsExhausted."""
    lifecycle.resume(user, source=source)
    event = events.PersonResumed(subject=user.public_id, subject_label=user.email, status=str(user.status), source=source)
    audit.record(event, actor=actor)
    return user


def carry_out_reinstatement(user: User, *, status: Status, reason: str, actor: Actor, source: str) -> User:
    """The end of a deactivation and its entry, for a locked person whom the actor may let in; `status` and `reason` are those before it.

    Raises Forbidden, BeyondOwnGrants, PersonState, SeatsExhausted.
    """
    actor.require(Permission.WRITE_PEOPLE)
    reach.require_within(actor, access.grants_of(user))
    entered = lifecycle.reinstate(user, status=status, reason=reason, source=source)
    event = events.PersonReinstated(
        subject=user.public_id,
        subject_label=user.email,
        status=str(user.status),
        source=source,
        keys_restored=entered.restored.keys,
        signing_keys_restored=entered.restored.signing_keys,
    )
    audit.record(event, actor=actor)
    return user


def carry_out_deactivation(user: User, *, reason: str, actor: Actor, source: str = lifecycle.ADMIN) -> User:
    """The cascade and its entry, for a locked person whom the actor may deactivate; `source` is the door. Raises LastOwner."""
    ended = lifecycle.deactivate(user, reason=reason, source=source)
    event = events.PersonDeactivated(
        subject=user.public_id,
        subject_label=user.email,
        reason=reason,
        source=source,
        **ended.everything(),
    )
    audit.record(event, actor=actor)
    return user


def _within_reach(id: UUID, *, actor: Actor) -> User:  # noqa: A002
    """The locked person, when the actor may do all that they may."""
    user = queries.person_for_update(id)
    reach.require_within(actor, access.grants_of(user))
    return user


def _changed(user: User, *, before: tuple[str, dict[str, str]], roles: tuple[list[str], list[str]]) -> events.PersonChanged:
    return events.PersonChanged(
        subject=user.public_id,
        subject_label=user.email,
        old_name=before[0],
        new_name=user.name,
        old_attributes=before[1],
        new_attributes=user.attributes,
        roles_added=roles[0],
        roles_removed=roles[1],
    )


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
    reach.require_may_exchange(actor, bindings.grants_of([*added, *removed]))
    if any(role.name == OWNER_ROLE for role in removed):
        lifecycle.require_other_owner(user)
    RoleBinding.objects.filter(user=user, role__in=removed).delete()
    with way_in_kept(actor):
        bindings.bind(user, added)
    if added or removed:
        sessions.rotate_later(user.id)
    return [role.name for role in added], [role.name for role in removed]


def _missing_from(roles: dict[str, Role], others: dict[str, Role]) -> list[Role]:
    return [roles[name] for name in sorted(roles.keys() - others.keys())]
