"""Shapes of who has which roles."""

from typing import Any

from rest_framework import serializers

from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

HOLDER_KINDS = ["person", "team", "service_account"]
UNTIL = "Until when it counts, to the second; left out or null for good."


class BindingsQuery(PageQuery):
    """Filters of who has a role."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )


class GrantIn(Shape):
    """Who gets the role."""

    holder = Text(max_length=40, help_text="A person usr_…, a team tem_… or a service account svc_….")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text=UNTIL)


class OwnGrantIn(Shape):
    """Which role somebody gets."""

    role = Text(max_length=40, help_text="rol_…")
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text=UNTIL)


class HolderOut(serializers.Serializer[Any]):
    """Who has a role, in short."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=HOLDER_KINDS)
    name = serializers.CharField()


class BoundRoleOut(serializers.Serializer[Any]):
    """The role, in short."""

    id = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class


class BindingOut(serializers.Serializer[Any]):
    """Somebody has a role. `source` says who gave it: local for people and programs of this tenant."""

    id = serializers.CharField(help_text="bnd_…")
    role = BoundRoleOut()
    holder = HolderOut()
    expires_at = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # as above
    created_at = serializers.DateTimeField()
