"""Shapes of plans."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.models import CellKind

KINDS = [kind.value for kind in CellKind]


class PlanQuery(PageQuery):
    """The filters of the list of plans."""

    q = serializers.CharField(max_length=100, default="", required=False, allow_blank=True, help_text="Part of a code or a label.")


class PlanIn(Shape):
    """A plan to make."""

    code = serializers.CharField(max_length=100, help_text="1 to 40 of a to z, 0 to 9 and single hyphens.")
    label = serializers.CharField(max_length=200)  # type: ignore[assignment]  # Field.label is DRF's word for something else
    cell_kind = serializers.ChoiceField(
        choices=KINDS, required=False, default=CellKind.SHARED.value, help_text="What kind of cell its tenants are put into."
    )
    settings = serializers.DictField(
        required=False, default=dict, help_text="Settings of the plan's tenants, by name; what is left out has its default."
    )


class PlanChange(Shape):
    """What of a plan can be changed."""

    label = serializers.CharField(max_length=200, required=False)  # type: ignore[assignment]  # as above
    cell_kind = serializers.ChoiceField(choices=KINDS, required=False)
    settings = serializers.DictField(
        required=False, help_text="Merged into those that the plan has; null takes one back to its default."
    )


class PlanOut(serializers.Serializer[Any]):
    """A plan."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    cell_kind = serializers.ChoiceField(choices=KINDS)
    settings = serializers.DictField(help_text="What the plan sets; everything else has its default.")
    tenant_count = serializers.IntegerField(required=False)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
