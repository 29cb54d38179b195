"""Shapes."""

from typing import Any

from rest_framework import serializers

from kernel.api.views import PageQuery
from kernel.clock import rfc3339
from operations.models import Operation


class OperationsQuery(PageQuery):
    """Filters of the list."""

    q = serializers.CharField(required=False, default="", max_length=200, help_text="Searches label and subject.")
    state = serializers.ChoiceField(
        required=False, default="", choices=["queued", "running", "succeeded", "failed", "cancelled"], help_text="Only this state."
    )


class OperationOut(serializers.Serializer[Any]):
    """One operation, as the document says it."""

    id = serializers.CharField()
    kind = serializers.CharField()
    subject = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # Field.label is DRF's word for something else
    state = serializers.ChoiceField(choices=["queued", "running", "succeeded", "failed", "cancelled"])
    steps = serializers.ListField(child=serializers.CharField())
    step = serializers.IntegerField(help_text="Number of finished steps.")
    progress_percent = serializers.IntegerField(min_value=0, max_value=100)
    attempts = serializers.IntegerField()
    problem = serializers.DictField(allow_null=True, help_text="Why it failed, or, while it is open, what it waits for.")
    result = serializers.DictField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


def operation_out(operation: Operation, *, result: dict[str, Any]) -> dict[str, Any]:
    """The shape of one operation; `result` is what the caller may see of it."""
    return {
        "id": operation.public_id,
        "kind": operation.kind,
        "subject": operation.subject,
        "label": operation.label,
        "state": operation.state,
        "steps": operation.steps,
        "step": operation.step,
        "progress_percent": operation.progress_percent,
        "attempts": operation.attempts,
        "problem": operation.problem,
        "result": result,
        "created_at": rfc3339(operation.created_at),
        "started_at": None if operation.started_at is None else rfc3339(operation.started_at),
        "finished_at": None if operation.finished_at is None else rfc3339(operation.finished_at),
    }
