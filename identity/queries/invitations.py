"""Reading the list of invitations; the one behind a token is `queries.invitation`."""

from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from identity.models import Invitation
from identity.problems import InvitationNotFound
from kernel import clock

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


def invitation_state(invitation: Invitation) -> str:
    """One of INVITATION_STATES."""
    if invitation.accepted_at is not None:
        return "accepted"
    if invitation.revoked_at is not None:
        return "revoked"
    return "open" if invitation.expires_at > clock.now() else "expired"


def _found(row: Invitation | None) -> Invitation:
    if row is None:
        raise InvitationNotFound("Look it up in the list of invitations: there is no such invitation here.")
    return row
