"""Invitations as rows: a token that is stored as a digest, `INVITATION_S` seconds of life, one open per person."""

from datetime import timedelta

from django.conf import settings

from identity import lifecycle, tokens
from identity.models import Invitation, User
from kernel import clock


def issue(user: User) -> tuple[Invitation, str]:
    """A new invitation for the person and its token, which is not stored; the open one before is withdrawn."""
    lifecycle.revoke_invitations(user)
    token = tokens.generate()
    moment = clock.now()
    invitation = Invitation.objects.create(
        token_hash=tokens.digest(token), user=user, created_at=moment, expires_at=moment + timedelta(seconds=settings.INVITATION_S)
    )
    return invitation, token
