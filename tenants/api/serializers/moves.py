"""Shapes of moves."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class PlacementIn(Shape):
    """Where a tenant should live."""

    cell = serializers.CharField(
        max_length=63, help_text="The name of an open cell with room, in a jurisdiction that the tenant allows."
    )


class MoveQuery(PageQuery):
    """The filters of the list of moves."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a slug, a cell or a tenant's id."
    )
    state = serializers.ChoiceField(
        choices=("queued", "running", "succeeded", "failed", "cancelled"), default="", required=False, allow_blank=True
    )


class MoveOut(serializers.Serializer[Any]):
    """One move of one tenant."""

    operation = serializers.CharField(help_text="The operation that does it: ask /v1/operations/{id}, cancel or resume it there.")
    tenant = serializers.CharField()
    from_cell = serializers.CharField()
    to_cell = serializers.CharField()
    state = serializers.ChoiceField(choices=("queued", "running", "succeeded", "failed", "cancelled"))
    step = serializers.CharField(help_text="What is being done; empty when all is done.")
    progress_percent = serializers.IntegerField()
    freeze_ms = serializers.IntegerField(allow_null=True, help_text="How long the tenant took no writes, in milliseconds.")
    rows = serializers.IntegerField(allow_null=True, help_text="How many rows were carried over.")
    problem = serializers.DictField(allow_null=True, help_text="Why it was given up.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
