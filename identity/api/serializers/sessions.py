"""Shapes of sessions and of links to choose another password."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class SessionsEndedOut(serializers.Serializer[Any]):
    """How many sessions ended."""

    sessions_ended = serializers.IntegerField()


class SessionsQuery(PageQuery):
    """Filters of the list of sessions."""

    q = serializers.CharField(
        required=False,
        default="",
        max_length=200,
        allow_blank=True,
        help_text="Part of a person's name or address, or the beginning of an IP address.",
    )


class SessionPersonOut(serializers.Serializer[Any]):
    """Whose session it is."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()


class SupportOut(serializers.Serializer[Any]):
    """Who of the operator acts as the person, and why."""

    id = serializers.CharField(help_text="usr_…, a person of the operator")
    label = serializers.CharField()  # type: ignore[assignment]  # a member of the document, not the name of the field
    reason = serializers.CharField()


class SessionOut(serializers.Serializer[Any]):
    """A living session."""

    id = serializers.CharField(help_text="ses_…")
    person = SessionPersonOut()
    method = serializers.CharField(help_text="By which way it began: password, passkey, password_reset, break_glass, support.")
    amr = serializers.ListField(child=serializers.CharField(), help_text="The proofs that were given, by RFC 8176.")
    mfa_at = serializers.DateTimeField(allow_null=True, help_text="When a second factor was last shown.")
    device = serializers.CharField(help_text="The browser in words, after what it tells of itself.")
    user_agent = serializers.CharField()
    first_address = serializers.CharField()
    first_place = serializers.CharField(help_text="ISO 3166-1 code of the country; empty without a database of places.")
    last_address = serializers.CharField()
    last_place = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    idle_s = serializers.IntegerField(allow_null=True, help_text="Seconds without a request after which it ends.")
    support = SupportOut(allow_null=True)
    is_current = serializers.BooleanField(help_text="Whether it is the session that asks.")


class ResetIn(Shape):
    """Who asks for a link to choose another password."""

    email = Text(max_length=texts.EMAIL_MAX)


class ResetLinkOut(serializers.Serializer[Any]):
    """A link that was made for somebody; `secret` is given this once."""

    person = SessionPersonOut()
    secret = serializers.CharField(allow_null=True, help_text="Ends the address /reset/…; null when the answer is a repetition.")
