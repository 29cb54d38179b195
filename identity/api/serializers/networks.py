"""Shapes of network rules."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

SCOPES = ["tenant", "role"]


class NetworkIn(Shape):
    """A network to allow."""

    cidr = Text(max_length=60, help_text="An address or a block, e.g. 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.")
    role = Text(
        required=False,
        default="",
        max_length=40,
        allow_blank=True,
        help_text="rol_…: only for those who have the role. Empty: for everybody.",
    )
    note = Text(
        required=False, default="", max_length=texts.REASON_MAX, allow_blank=True, help_text="What it is, e.g. “office in Zürich”."
    )


class NetworksQuery(PageQuery):
    """Filters of the list of network rules."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a network or a note."
    )
    role = serializers.CharField(
        required=False, default="", max_length=50, allow_blank=True, help_text="Only the list of the role of this name."
    )
    scope = serializers.ChoiceField(
        required=False, default="", choices=SCOPES, help_text="Only the tenant's list, or only those of roles."
    )


class NetworkRoleOut(serializers.Serializer[Any]):
    """The role whose list a network is in."""

    id = serializers.CharField(help_text="rol_…")
    name = serializers.CharField()


class NetworkOut(serializers.Serializer[Any]):
    """A network that is allowed."""

    id = serializers.CharField(help_text="ipr_…")
    cidr = serializers.CharField()
    role = NetworkRoleOut(allow_null=True, help_text="null: in the list of the whole tenant.")
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class NetworksPage(serializers.Serializer[Any]):
    """A page of network rules."""

    data = NetworkOut(many=True)  # type: ignore[assignment]  # DRF takes declared fields off the class
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
