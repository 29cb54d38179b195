"""Writing invitations: accept one, give out another."""

from uuid import UUID

from audit import actions as audit
from identity import events, inputs, invitations, lifecycle, passwords, queries, reach, sessions
from identity.actions.people import Added
from identity.models import Status, User
from identity.permissions import Permission
from identity.problems import PersonState
from kernel import clock, tenancy
from kernel.actors import Actor


@tenancy.atomic
def accept_invitation(token: str, *, password: str, name: str) -> User:
    """The invited person chooses a password and becomes active; an empty name leaves the one that the invitation gave.

    The token is the proof, so there is no actor: the person is. Raises InvitationNotFound, InputInvalid, PasswordWeak.
    """
    called = inputs.name(name) if name.strip() else ""
    invitation = queries.invitation_for_update(token)
    user = queries.person_for_update(invitation.user_id)
    passwords.require_strong(password, email=user.email)
    user.name = called or user.name
    user.save(update_fields=["name"])
    lifecycle.activate(user, password=passwords.encode(password))
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(
        events.InvitationAccepted(subject=user.public_id, subject_label=user.email, invitation=invitation.public_id),
        actor=sessions.person_actor(user.id, label=user.email, grants=user.grants, auth_method="invitation"),
    )
    return user


@tenancy.atomic
def renew_invitation(id: UUID, *, actor: Actor) -> Added:  # noqa: A002  (the word of the URL and of the API)
    """Give an invited person another invitation, or invite a deactivated one back with the roles that they had.

    The invitation before stops working. Raises Forbidden, BeyondOwnGrants, NotFound, PersonState.
    """
    actor.require(Permission.WRITE_PEOPLE)
    user = queries.person_for_update(id)
    reach.require_within(actor, user.grants)
    old_status = str(user.status)
    if user.status == Status.DEACTIVATED:
        lifecycle.invite_back(user)
    if user.status != Status.INVITED:
        raise PersonState("Only invited and deactivated people can be invited.", person_status=old_status)
    invitation, token = invitations.issue(user)
    audit.record(
        events.InvitationRenewed(
            subject=user.public_id, subject_label=user.email, invitation=invitation.public_id, old_status=old_status
        ),
        actor=actor,
    )
    return Added(person=user, invitation_token=token)
