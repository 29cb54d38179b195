"""Shapes of roles."""

from typing import Any

from rest_framework import serializers

from identity import grants, inputs, texts
from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class RoleIn(Shape):
    """A role to make."""

    name = Text(max_length=50, help_text="a to z, digits and hyphens; cannot be changed later.")
    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, required=False, default="", allow_blank=True)
    permissions = serializers.ListField(child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX)


class RoleChangeIn(Shape):
    """What to change of a role; fields left out stay."""

    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, allow_blank=True)
    permissions = serializers.ListField(child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX)


class RolesQuery(PageQuery):
    """Filters of the list of roles."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or a label.")


class RoleOut(serializers.Serializer[Any]):
    """A role."""

    id = serializers.CharField(help_text="rol_…")
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    description = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    is_builtin = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class RolesPage(serializers.Serializer[Any]):
    """A page of roles."""

    data = RoleOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
