"""Invitations as documents."""

from typing import Any

from identity.models import Invitation
from identity.queries.invitations import invitation_state
from kernel.clock import rfc3339, rfc3339_or_none


def of_invitation(invitation: Invitation) -> dict[str, Any]:
    """One invitation of the list for machines; never its token."""
    return {
        "id": invitation.public_id,
        "state": invitation_state(invitation),
        "person": {"id": invitation.user.public_id, "email": invitation.user.email, "name": invitation.user.name},
        "invited_by": invitation.invited_by,
        "created_at": rfc3339(invitation.created_at),
        "expires_at": rfc3339(invitation.expires_at),
        "mailed_at": rfc3339_or_none(invitation.mailed_at),
        "accepted_at": rfc3339_or_none(invitation.accepted_at),
        "revoked_at": rfc3339_or_none(invitation.revoked_at),
    }
