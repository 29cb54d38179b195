"""Invitations as rows: a token that is stored as a digest, `INVITATION_S` seconds of life, one open per person."""

from datetime import timedelta

from django.conf import settings

from identity import lifecycle, mailing, tokens
from identity.models import Invitation, User
from kernel import clock


def issue(user: User, *, invited_by: str) -> tuple[Invitation, str]:
    """A new invitation for the person and its token, which is not stored; the open one before is withdrawn.

    `invited_by` is the shown id of whoever sends it: it ends with their access. Where a mail server is
    set, the invitation is mailed after the transaction.
    """
    lifecycle.revoke_invitations(user)
    token = tokens.generate()
    moment = clock.now()
    invitation = Invitation.objects.create(
        token_hash=tokens.digest(token),
        user=user,
        invited_by=invited_by,
        created_at=moment,
        expires_at=moment + timedelta(seconds=settings.INVITATION_S),
    )
    mailing.announce_invitation(invitation, token=token)
    return invitation, token
