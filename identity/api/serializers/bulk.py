"""Shapes of changes to many people."""

from typing import Any

from rest_framework import serializers

from identity import queries, texts
from identity.api.serializers.fields import Text
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

BULK_KINDS, BULK_RUN_KINDS = queries.BULK_KINDS, queries.BULK_RUN_KINDS
BULK_OUTCOMES = queries.BULK_OUTCOMES
BULK_STATES = ("queued", "running", "succeeded", "failed", "cancelled")


class PeopleBulkIn(Shape):
    """What is done to which people."""

    kind = serializers.ChoiceField(choices=BULK_KINDS)
    rehearse = serializers.BooleanField(required=False, default=False, help_text="Only say what would become of each row.")
    reason = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=texts.REASON_MAX,
        help_text="For rows of suspend and deactivate that give none.",
    )
    rows = serializers.ListField(
        child=serializers.DictField(child=serializers.JSONField()),
        help_text="Objects with the columns of the kind; roles and teams are texts or lists of names.",
    )


class BulkFileQuery(Shape):
    """The same for a file of CSV, whose rows are the body."""

    kind = serializers.ChoiceField(choices=BULK_KINDS)
    rehearse = serializers.BooleanField(required=False, default=False, help_text="Only say what would become of each row.")
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=texts.REASON_MAX,
        help_text="For rows of suspend and deactivate that give none.",
    )
    file_name = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200, help_text="Shown in the list of runs."
    )


class BulkRunsQuery(PageQuery):
    """Filters of the list of runs."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a file's name or of who started it."
    )
    kind = serializers.ChoiceField(required=False, default="", choices=BULK_RUN_KINDS, help_text="Only runs of this kind.")


class BulkRowsQuery(PageQuery):
    """Filters of the rows of a run."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of an address or of what came of a row."
    )
    outcome = serializers.ChoiceField(required=False, default="", choices=BULK_OUTCOMES, help_text="Only rows with this outcome.")


class BulkAskerOut(serializers.Serializer[Any]):
    """Who started a run."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of ours that has the name of one of theirs


class BulkRunOut(serializers.Serializer[Any]):
    """A change to many people."""

    id = serializers.CharField(help_text="blk_…")
    kind = serializers.ChoiceField(choices=BULK_RUN_KINDS)
    is_rehearsal = serializers.BooleanField(help_text="Whether nobody was changed.")
    file_name = serializers.CharField()
    state = serializers.ChoiceField(choices=BULK_STATES)
    progress_percent = serializers.IntegerField()
    problem = serializers.CharField(help_text="What stopped it; empty when nothing did.")
    operation = serializers.CharField(help_text="The long job that works it off, op_…")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text=f"Rows by outcome: {', '.join(BULK_OUTCOMES)}.")
    undoes = serializers.CharField(allow_null=True, help_text="The run that this one takes back.")
    created_by = BulkAskerOut()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class BulkRowOut(serializers.Serializer[Any]):
    """One row of a run."""

    line = serializers.IntegerField(help_text="The line of the file, or the number of the row in JSON.")
    given = serializers.DictField(child=serializers.CharField())
    outcome = serializers.ChoiceField(choices=BULK_OUTCOMES)
    detail = serializers.CharField(help_text="Why it was refused or skipped, or what an undo did.")
    person = serializers.CharField(allow_null=True, help_text="usr_…")
