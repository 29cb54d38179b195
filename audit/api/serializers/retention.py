"""Shapes of periods and removals."""

from typing import Any

from rest_framework import serializers

from audit.queries import RETENTION_PRESETS, STAGES
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from kernel.events import CATEGORIES


class PolicyIn(Shape):
    """How long the entries of a category are kept; 0 days means for good."""

    body_days = serializers.IntegerField(
        min_value=0, max_value=36_500, help_text="Days that the texts of entries are kept: 0, or 30 and more."
    )
    seal_days = serializers.IntegerField(
        min_value=0,
        max_value=36_500,
        default=0,
        required=False,
        help_text="Days that their seals are kept: 0, or no fewer than `body_days`.",
    )
    basis = serializers.CharField(
        max_length=500,
        default="",
        required=False,
        allow_blank=True,
        help_text="Which rule or decision asks for it; needed unless kept for good.",
    )


class PolicyOut(serializers.Serializer[Any]):
    """The period of a category; version 0 was never set and keeps for good."""

    category = serializers.ChoiceField(choices=CATEGORIES)
    body_days = serializers.IntegerField()
    seal_days = serializers.IntegerField()
    basis = serializers.CharField()
    updated_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class PoliciesOut(serializers.Serializer[Any]):
    """The periods of all categories."""

    data = PolicyOut(many=True)  # type: ignore[assignment]  # a member of the document, not the serializer's own input


class PresetIn(Shape):
    """Which preset is to apply."""

    preset = serializers.ChoiceField(choices=sorted(RETENTION_PRESETS), help_text="As the list of presets names them.")


class PresetOut(serializers.Serializer[Any]):
    """A period that a rule asks for."""

    preset = serializers.ChoiceField(choices=sorted(RETENTION_PRESETS))
    label = serializers.CharField()  # type: ignore[assignment]  # a member of the document, not the serializer's own label
    body_days = serializers.IntegerField()
    basis = serializers.CharField()


class PresetsOut(serializers.Serializer[Any]):
    """All of them."""

    data = PresetOut(many=True)  # type: ignore[assignment]  # as above


class PruningsQuery(PageQuery):
    """The parameters of the list of removals."""

    stage = serializers.ChoiceField(choices=STAGES, default="", required=False, allow_blank=True)


class PruningIn(Shape):
    """What to do."""

    dry_run = serializers.BooleanField(default=False, required=False, help_text="Only tell what would go and why the rest stays.")


class PruningOut(serializers.Serializer[Any]):
    """What was removed: the bodies of a month, or the seals below a checkpoint; with the policies as they were."""

    id = serializers.UUIDField()
    stage = serializers.ChoiceField(choices=STAGES)
    month = serializers.CharField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    number = serializers.IntegerField()
    held = serializers.IntegerField()
    policies = serializers.DictField()
    pruned_at = serializers.DateTimeField()


class MonthPlanOut(serializers.Serializer[Any]):
    """What would become of a month. `entries` is an estimate unless it is due; `why_kept` is empty when it is."""

    month = serializers.CharField()
    ends_at = serializers.DateTimeField(allow_null=True)
    size_bytes = serializers.IntegerField()
    entries = serializers.IntegerField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    held = serializers.IntegerField()
    is_due = serializers.BooleanField()
    why_kept = serializers.CharField()


class SealPlanOut(serializers.Serializer[Any]):
    """What would become of the seals: those up to `last_seq`, the size of a checkpoint, would go; 0 when none may."""

    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    is_due = serializers.BooleanField()
    checkpoint = serializers.CharField(allow_null=True)
    why_kept = serializers.CharField()


class RemovalOut(serializers.Serializer[Any]):
    """The plan as it is now, and what this request removed: nothing in a dry run."""

    removed = PruningOut(many=True)
    months = MonthPlanOut(many=True)
    seals = SealPlanOut()
