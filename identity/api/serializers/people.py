"""Shapes of people."""

from typing import Any

from rest_framework import serializers

from identity import profiles, texts
from identity.api.serializers.fields import Attributes, Text
from identity.models import Status
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

STATUSES = [str(status) for status in Status]


ROLES_MAX = 50


class PersonIn(Shape):
    """A person to invite."""

    email = Text(max_length=texts.EMAIL_MAX)
    name = Text(max_length=texts.NAME_MAX)
    roles = serializers.ListField(child=Text(max_length=50), max_length=ROLES_MAX, help_text="Names of roles; may be empty.")


class PersonChangeIn(Shape):
    """What to change of a person; fields left out stay."""

    name = Text(max_length=texts.NAME_MAX)
    roles = serializers.ListField(
        child=Text(max_length=50), max_length=ROLES_MAX, help_text="Names of all the roles that the person shall have."
    )
    attributes = Attributes()


class ProfileChangeIn(Shape):
    """What to change of one's own profile; fields left out stay."""

    name = Text(max_length=texts.NAME_MAX)
    locale = Text(
        max_length=profiles.LOCALE_MAX, allow_blank=True, help_text="A language tag such as de-CH; empty for the tenant's."
    )
    timezone = Text(
        max_length=profiles.TIMEZONE_MAX, allow_blank=True, help_text="A time zone such as Europe/Zurich; empty for the tenant's."
    )


class ReasonIn(Shape):
    """Why something is done; it stands in the trail."""

    reason = Text(max_length=texts.REASON_MAX)


class PeopleQuery(PageQuery):
    """Filters of the list of people."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )
    status = serializers.ChoiceField(required=False, default="", choices=STATUSES, help_text="Only people with this status.")


class PersonOut(serializers.Serializer[Any]):
    """A person."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    status_reason = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    locale = serializers.CharField(help_text="A language tag; empty for the tenant's.")
    timezone = serializers.CharField(help_text="A time zone; empty for the tenant's.")
    attributes = serializers.DictField(child=serializers.CharField(), help_text="What policies may ask for.")
    last_login_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class InvitedOut(PersonOut):
    """An invited person; `secret` is the token of the invitation and is given this once."""

    secret = serializers.CharField(
        allow_null=True, help_text="Ends the address /invitation/…; null when the answer is a repetition."
    )


class PeoplePage(serializers.Serializer[Any]):
    """A page of people."""

    data = PersonOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
