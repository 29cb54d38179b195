"""Writing invitations: accept one, give out another."""

from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import access, events, inputs, invitations, lifecycle, passwords, queries, reach, senders, sessions
from identity.actions.people import Added
from identity.models import Invitation, Status, User
from identity.permissions import Permission
from identity.problems import InvitationNotFound, InvitationUsed, PersonState
from kernel import clock, tenancy
from kernel.actors import Actor

NO_INVITATION: Final = {
    Status.ACTIVE: "They have accepted already and can sign in; there is nothing to invite them to.",
    Status.WAITING: "They have accepted already and wait for a seat: free one, or raise their number.",
    Status.SUSPENDED: "They are suspended: resume them instead.",
}
"""Why somebody cannot be invited, and what to do instead."""


@tenancy.atomic
def accept_invitation(token: str, *, password: str, name: str) -> User:
    """The invited person chooses a password and becomes active, or waits for a seat; an empty name leaves the one that the invitation gave.

    Keys that had ended only because the person was deactivated work again. The token is the proof, so there is no actor: the person is. Raises
    InvitationNotFound, InputInvalid, PasswordWeak, SeatsExhausted.
    """
    called = inputs.name(name) if name.strip() else ""
    # The person is locked first, as by everybody: an invitation and a deactivation must not wait for each other.
    user = queries.person_for_update(queries.invitation(token).user_id)
    invitation = queries.invitation_for_update(token)
    _require_within_sender(invitation, user=user)
    passwords.require_strong(password, email=user.email)
    user.name = called or user.name
    user.save(update_fields=["name"])
    entered = lifecycle.activate(user, password=passwords.encode(password))
    invitation.accepted_at = clock.now()
    invitation.save(update_fields=["accepted_at"])
    audit.record(
        events.InvitationAccepted(
            subject=user.public_id,
            subject_label=user.email,
            invitation=invitation.public_id,
            status=str(user.status),
            keys_restored=entered.restored.keys,
            signing_keys_restored=entered.restored.signing_keys,
        ),
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
    reach.require_within(actor, access.grants_of(user))
    old_status = str(user.status)
    if user.status == Status.DEACTIVATED:
        lifecycle.invite_back(user)
    if user.status != Status.INVITED:
        raise PersonState(NO_INVITATION[Status(user.status)], person_status=old_status)
    invitation, token = invitations.issue(user, invited_by=actor.id)
    audit.record(
        events.InvitationRenewed(
            subject=user.public_id, subject_label=user.email, invitation=invitation.public_id, old_status=old_status
        ),
        actor=actor,
    )
    return Added(person=user, invitation_token=token)


@tenancy.atomic
def revoke_invitation(id: UUID, *, actor: Actor) -> Invitation:  # noqa: A002
    """Withdraw an invitation that nobody has accepted; its link stops working, and the person stays invited without one.

    Idempotent: one that was withdrawn stays as it is and nothing is recorded. Raises Forbidden, BeyondOwnGrants, InvitationNotFound,
    InvitationUsed.
    """
    actor.require(Permission.WRITE_PEOPLE)
    user = queries.person_for_update(queries.invitation_by_id(id).user_id)
    reach.require_within(actor, access.grants_of(user))
    invitation = queries.invitation_by_id_for_update(id)
    if invitation.accepted_at is not None:
        raise InvitationUsed("It was accepted; to end the person's access, deactivate them.")
    if invitation.revoked_at is not None:
        return invitation
    invitation.revoked_at = clock.now()
    invitation.save(update_fields=["revoked_at"])
    event = events.InvitationRevoked(subject=user.public_id, subject_label=user.email, invitation=invitation.public_id)
    audit.record(event, actor=actor)
    return invitation


def _require_within_sender(invitation: Invitation, *, user: User) -> None:
    """Raises InvitationNotFound."""
    if not senders.may_open(user, sent_by=invitation.invited_by):
        raise InvitationNotFound(
            "Ask an owner for a new invitation: you may do more here than whoever sent this one, so it does not open your access."
        )
