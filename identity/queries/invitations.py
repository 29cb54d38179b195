"""Reading the list of invitations; the one behind a token is `queries.invitation`."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from identity.models import ApiKey, Invitation, ServiceAccount, User
from identity.problems import InvitationNotFound
from kernel import clock, ids

INVITATION_STATES: Final = ("open", "expired", "accepted", "revoked")


def invitations(q: str = "", state: str = "") -> QuerySet[Invitation]:
    """The tenant's invitations with their people, used and withdrawn ones too; `q` is part of a name or an address, `state` as above."""
    found = Invitation.objects.select_related("user")
    if q:
        wanted = Q(user__email__icontains=q) | Q(user__name__icontains=q)
        found = found.filter(wanted)
    moment = clock.now()
    unused = Q(accepted_at=None, revoked_at=None)
    by_state = {
        "open": unused & Q(expires_at__gt=moment),
        "expired": unused & Q(expires_at__lte=moment),
        "accepted": Q(accepted_at__isnull=False),
        "revoked": Q(accepted_at=None, revoked_at__isnull=False),
    }
    if state:
        return found.filter(by_state[state]) if state in by_state else found.none()
    return found


def invitation_by_id(id: UUID) -> Invitation:  # noqa: A002  (the word of the URL and of the API)
    """One invitation of the list with its person. Raises InvitationNotFound."""
    return _found(invitations().filter(id=id).first())


def invitation_by_id_for_update(id: UUID) -> Invitation:  # noqa: A002
    """The same, its row locked until the transaction ends. Raises InvitationNotFound."""
    return _found(invitations().select_for_update(of=("self",)).filter(id=id).first())


def invitation_sender(invitation: Invitation) -> User | ServiceAccount | None:
    """Who sent an invitation, by hand or with a key; None when it was the product or somebody of the operator."""
    sent_by = invitation.invited_by
    if sent_by.startswith("usr_"):
        return User.objects.filter(id=ids.parse("usr", sent_by)).first()
    if not sent_by.startswith("key_"):
        return None
    key = ApiKey.objects.select_related("owner", "service_account").filter(id=ids.parse("key", sent_by)).first()
    return None if key is None else key.holder


def invitation_state(invitation: Invitation) -> str:
    """One of INVITATION_STATES."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "open" if invitation.expires_at > clock.now() else "expired"


def invitation_document(invitation: Invitation) -> dict[str, Any]:
    """One invitation of the list for machines; never its token."""
    return {
        "id": invitation.public_id,
        "state": invitation_state(invitation),
        "person": {"id": invitation.user.public_id, "email": invitation.user.email, "name": invitation.user.name},
        "invited_by": invitation.invited_by,
        "created_at": clock.rfc3339(invitation.created_at),
        "expires_at": clock.rfc3339(invitation.expires_at),
        "mailed_at": clock.rfc3339_or_none(invitation.mailed_at),
        "accepted_at": clock.rfc3339_or_none(invitation.accepted_at),
        "revoked_at": clock.rfc3339_or_none(invitation.revoked_at),
    }


def _found(row: Invitation | None) -> Invitation:
    if row is None:
        raise InvitationNotFound("Look it up in the list of invitations: there is no such invitation here.")
    return row
