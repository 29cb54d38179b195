"""Shapes of teams."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.actions.teams import MEMBERS_AT_ONCE
from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class TeamIn(Shape):
    """A team to make."""

    name = Text(max_length=50, help_text="a to z, digits and hyphens; cannot be changed later.")
    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, required=False, default="", allow_blank=True)


class TeamChangeIn(Shape):
    """What to change of a team; fields left out stay."""

    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, allow_blank=True)


class TeamsQuery(PageQuery):
    """Filters of the list of teams."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or a label.")


class MembersIn(Shape):
    """Who to put into a team."""

    members = serializers.ListField(
        child=Text(max_length=40), max_length=MEMBERS_AT_ONCE, help_text="Ids of people (usr_…) and service accounts (svc_…)."
    )


class MembersQuery(PageQuery):
    """Filters of the members of a team."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )


class TeamOut(serializers.Serializer[Any]):
    """A team."""

    id = serializers.CharField(help_text="tem_…")
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    description = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField(), help_text="What its members may be because they are in it.")
    members = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class TeamsPage(serializers.Serializer[Any]):
    """A page of teams."""

    data = TeamOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class MemberOut(serializers.Serializer[Any]):
    """Somebody in a team."""

    id = serializers.CharField(help_text="usr_… or svc_…")
    kind = serializers.ChoiceField(choices=["person", "service_account"])
    name = serializers.CharField(help_text="The person's address, or the name of the service account.")
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    status = serializers.CharField()
    source = serializers.CharField(help_text="Who put them there: local, or a directory.")  # type: ignore[assignment]  # as above
    since = serializers.DateTimeField()


class MembersPage(serializers.Serializer[Any]):
    """A page of members."""

    data = MemberOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class MembersAddedOut(serializers.Serializer[Any]):
    """Who was not in the team before."""

    added = serializers.ListField(child=serializers.CharField())
