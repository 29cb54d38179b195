"""Shapes of invitations."""

from typing import Any

from rest_framework import serializers

from identity import queries
from kernel.api.views import PageQuery

INVITATION_STATES = queries.INVITATION_STATES


class InvitationsQuery(PageQuery):
    """Filters of the list of invitations."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )
    state = serializers.ChoiceField(
        required=False, default="", choices=INVITATION_STATES, help_text="Only invitations in this state."
    )


class InvitedPersonOut(serializers.Serializer[Any]):
    """Who is invited."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()


class InvitationOut(serializers.Serializer[Any]):
    """An invitation, without its token."""

    id = serializers.CharField(help_text="inv_…")
    state = serializers.ChoiceField(choices=INVITATION_STATES)
    person = InvitedPersonOut()
    invited_by = serializers.CharField(help_text="The id of whoever sent it.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    mailed_at = serializers.DateTimeField(allow_null=True, help_text="When the mail server took it; null when nothing was mailed.")
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
