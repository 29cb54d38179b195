"""Shapes of the product's actions."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class ProductActionQuery(PageQuery):
    """The filters of the list."""

    q = serializers.CharField(max_length=100, default="", required=False, allow_blank=True, help_text="Part of a name or a title.")


class ProductActionIn(Shape):
    """An action to register, or the next version of one."""

    name = serializers.CharField(max_length=100, help_text="2 to 5 words joined by points, such as `invoice.paid`.")
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True, help_text="Its name for people.")
    category = serializers.CharField(max_length=16, required=False, default="product", help_text="One of the trail's categories.")
    severity = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=5, help_text="1 informational, 2 low, 3 medium, 4 high, 5 critical."
    )
    schema = serializers.DictField(
        help_text="JSON Schema (2020-12) of the `details`: an object, at most 16 KiB, without references outside."
    )
    personal = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        default=list,
        max_length=50,
        help_text="Properties of the schema that are about a person; they are kept sealed under that person's key.",
    )


class ProductActionOut(serializers.Serializer[Any]):
    """One version of an action."""

    id = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    category = serializers.CharField()
    severity = serializers.IntegerField()
    schema = serializers.DictField()
    personal = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
