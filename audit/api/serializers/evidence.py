"""Shapes of evidence."""

from typing import Any

from rest_framework import serializers

from audit import queries
from audit.api.serializers.exports import STATES
from audit.api.serializers.trail import FiltersIn
from audit.models import Export
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from kernel.clock import rfc3339, rfc3339_or_none


class BundlesQuery(PageQuery):
    """Filters of the list."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=100, help_text="Part of who asked for it.")


class BundleIn(Shape):
    """Which entries a bundle is to hold; left out, all that a checkpoint covers."""

    from_seq = serializers.IntegerField(required=False, min_value=1, help_text="The first place in the log.")
    to_seq = serializers.IntegerField(required=False, min_value=1, help_text="The last place.")
    filters = FiltersIn(required=False, help_text="As the list of entries takes them: each entry is then proven by itself.")
    readable = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Add the entries with what is personal in the open, for those who may read the trail.",
    )


class BundleOut(serializers.Serializer[Any]):
    """An evidence bundle; its file is fetched from `/v1/audit/evidence/{id}/file` while it is `ready`."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    selection = serializers.DictField(help_text="What was asked for.")
    operation = serializers.CharField(help_text="The job that makes it: `/v1/operations/{id}`.")
    progress_percent = serializers.IntegerField()
    asked_by = serializers.CharField()
    entries = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()
    ready_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    problem = serializers.CharField(help_text="Why it failed; else empty.")


def bundles_out(found: list[Export]) -> list[dict[str, Any]]:
    """The shapes of some bundles, their jobs read in one query."""
    standings = queries.standings(found)
    return [_out(bundle, standings[bundle.pk]) for bundle in found]


def _out(bundle: Export, standing: queries.Standing) -> dict[str, Any]:
    return {
        "id": bundle.public_id,
        "state": standing.state,
        "selection": bundle.filters,
        "operation": standing.operation,
        "progress_percent": standing.progress_percent,
        "asked_by": bundle.asked_by,
        "entries": bundle.row_count,
        "size_bytes": bundle.size_bytes,
        "sha256": bundle.sha256,
        "created_at": rfc3339(bundle.created_at),
        "ready_at": rfc3339_or_none(bundle.ready_at),
        "expires_at": rfc3339_or_none(bundle.expires_at),
        "problem": standing.problem,
    }
