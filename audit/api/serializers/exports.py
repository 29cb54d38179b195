"""Shapes of exports."""

from typing import Any

from rest_framework import serializers

from audit import queries
from audit.api.serializers.trail import FiltersIn
from audit.formats import FORMATS
from audit.models import Export
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from kernel.clock import rfc3339, rfc3339_or_none

STATES = ["queued", "running", "ready", "failed", "cancelled", "expired", "removed"]


class ExportsQuery(PageQuery):
    """Filters of the list."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=100, help_text="Part of who asked for it.")
    format = serializers.ChoiceField(required=False, default="", allow_blank=True, choices=list(FORMATS))


class ExportIn(Shape):
    """Which entries are wanted, and how they are written."""

    format = serializers.ChoiceField(choices=list(FORMATS), default="jsonl", required=False)
    filters = FiltersIn(required=False, help_text="As the list of entries takes them; left out, everything that is sealed.")


class ExportOut(serializers.Serializer[Any]):
    """An export; its file is fetched from `/v1/audit/exports/{id}/file` while it is `ready`."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    format = serializers.ChoiceField(choices=list(FORMATS))
    filters = serializers.DictField()
    operation = serializers.CharField(help_text="The job that writes it: `/v1/operations/{id}`.")
    progress_percent = serializers.IntegerField()
    asked_by = serializers.CharField()
    row_count = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the file as it is fetched; empty until it is ready.")
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="Why it failed; else empty.")


def exports_out(found: list[Export]) -> list[dict[str, Any]]:
    """The shapes of some exports, their jobs read in one query."""
    standings = queries.standings(found)
    return [_out(export, standings[export.pk]) for export in found]


def export_out(export: Export) -> dict[str, Any]:
    """The shape of one."""
    return exports_out([export])[0]


def _out(export: Export, standing: queries.Standing) -> dict[str, Any]:
    return {
        "id": export.public_id,
        "state": standing.state,
        "format": export.format,
        "filters": export.filters,
        "operation": standing.operation,
        "progress_percent": standing.progress_percent,
        "asked_by": export.asked_by,
        "row_count": export.row_count,
        "size_bytes": export.size_bytes,
        "sha256": export.sha256,
        "created_at": rfc3339(export.created_at),
        "ready_at": rfc3339_or_none(export.ready_at),
        "expires_at": rfc3339_or_none(export.expires_at),
        "problem": standing.problem,
    }
