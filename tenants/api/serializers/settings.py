"""Shapes of what is set for one tenant."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from tenants import tenant_settings


class SettingsChange(Shape):
    """Settings to change."""

    settings = serializers.DictField(help_text="By name; null takes one back to what the plan or the default says.")


class PlanOfTenantIn(Shape):
    """The plan to put a tenant on."""

    plan = serializers.CharField(max_length=40, help_text="The code of a plan.")


class SettingOut(serializers.Serializer[Any]):
    """One setting as it holds."""

    name = serializers.CharField()
    value = serializers.JSONField(help_text="A whole number, or true or false.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # Field.source is DRF's word for something else
        choices=(tenant_settings.OWN, tenant_settings.PLAN, tenant_settings.DEFAULT), help_text="Where the value comes from."
    )
    default = serializers.JSONField()
    type = serializers.ChoiceField(choices=("integer", "boolean"))
    minimum = serializers.IntegerField(required=False)
    maximum = serializers.IntegerField(required=False)
    help = serializers.CharField()


class SettingsOut(serializers.Serializer[Any]):
    """What holds for a tenant."""

    plan = serializers.CharField(allow_null=True)
    settings = SettingOut(many=True)
