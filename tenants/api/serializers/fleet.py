"""Shapes of the fleet."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.fleet.rings import WORDS
from tenants.models import ResultState, RunState

RINGS = list(WORDS)
RUN_STATES = [state.value for state in RunState]
RESULT_STATES = [state.value for state in ResultState]


class FleetRunQuery(PageQuery):
    """The filters of the list of runs."""

    state = serializers.ChoiceField(choices=RUN_STATES, default="", required=False, allow_blank=True)


class FleetResultQuery(PageQuery):
    """The filters of the results of a run."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a slug, a schema or an error."
    )
    state = serializers.ChoiceField(choices=RESULT_STATES, default="", required=False, allow_blank=True)
    ring = serializers.ChoiceField(choices=RINGS, default="", required=False, allow_blank=True)
    cell = serializers.CharField(max_length=63, default="", required=False, allow_blank=True)


class FleetRunIn(Shape):
    """A migration to start."""

    until = serializers.ChoiceField(
        choices=RINGS, required=False, default="rest", help_text="The last ring to migrate; the run pauses after it."
    )
    jobs = serializers.IntegerField(
        min_value=1, max_value=16, required=False, default=2, help_text="How many schemas of a cell are migrated at once."
    )
    canaries = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=200,
        required=False,
        default=list,
        help_text="Slugs of tenants that go first, together with platform.",
    )
    cells = serializers.ListField(
        child=serializers.CharField(max_length=63),
        max_length=200,
        required=False,
        default=list,
        help_text="Only these cells; all when empty.",
    )


class ResumptionIn(Shape):
    """How far a run goes on."""

    until = serializers.ChoiceField(
        choices=RINGS, required=False, default="rest", help_text="The last ring to migrate; the run pauses after it."
    )


class CellStandOut(serializers.Serializer[Any]):
    """How the schemas of one cell stand to the code."""

    cell = serializers.CharField()
    current = serializers.IntegerField(help_text="Schemas in the state of the code.")
    behind = serializers.IntegerField(help_text="Schemas that lack migrations.")
    ahead = serializers.IntegerField(help_text="Schemas that a newer release has migrated.")
    missing = serializers.IntegerField(help_text="Tenants whose schema is not there.")
    fault = serializers.CharField(help_text="Why the cell could not be asked; its numbers are 0 then.")


class FleetMigrationOut(serializers.Serializer[Any]):
    """A pending migration."""

    migration = serializers.CharField()
    way = serializers.ChoiceField(
        choices=("replay", "executor"), help_text="Replayed as statements, or run by Django's executor in each schema."
    )
    why = serializers.CharField(help_text="What keeps it from being replayed.")
    contracts = serializers.ListField(child=serializers.CharField(), help_text="What in it breaks code of the release before.")
    excuse = serializers.CharField(help_text="Why that is safe, as the migration says.")
    needed = serializers.ListField(
        child=serializers.CharField(), help_text="Tables and columns that this release cannot do without."
    )
    schemas = serializers.IntegerField()


class FleetOut(serializers.Serializer[Any]):
    """How the fleet stands to the code."""

    target = serializers.CharField(help_text="Stands for the migrations of the code.")
    is_current = serializers.BooleanField()
    current = serializers.IntegerField()
    behind = serializers.IntegerField()
    ahead = serializers.IntegerField()
    missing = serializers.IntegerField()
    cells = CellStandOut(many=True)
    run = serializers.CharField(allow_null=True, help_text="The run that is at work or paused.")
    migrations = FleetMigrationOut(many=True)
    rings = serializers.DictField(child=serializers.IntegerField(), help_text="How many schemas are behind in each ring.")
    order = serializers.ChoiceField(
        choices=("any", "tables_first", "stopped"), help_text="How the migration and the change of the code go together."
    )
    estimate_s = serializers.FloatField(help_text="About how long a run takes, in seconds.")
    spares = serializers.ListField(child=serializers.DictField(), help_text="The places that wait for a tenant, by cell.")


class FleetCountsOut(serializers.Serializer[Any]):
    """How far a run is."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()


class FleetRunOut(serializers.Serializer[Any]):
    """One run."""

    id = serializers.CharField()
    target = serializers.CharField()
    state = serializers.ChoiceField(choices=RUN_STATES)
    until = serializers.ChoiceField(choices=RINGS)
    jobs = serializers.IntegerField()
    canaries = serializers.ListField(child=serializers.CharField())
    cells = serializers.ListField(child=serializers.CharField())
    counts = FleetCountsOut()
    migrations = FleetMigrationOut(many=True)
    operation = serializers.CharField(help_text="The operation that works on it; ask /v1/operations/{id} how far it is.")
    problem = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class FleetResultOut(serializers.Serializer[Any]):
    """What became of one schema."""

    id = serializers.CharField()
    tenant = serializers.CharField(allow_null=True, help_text="Null for a place that waits for a tenant.")
    label = serializers.CharField(help_text="The tenant's slug, or the schema.")  # type: ignore[assignment]  # Field.label is DRF's word for something else
    schema = serializers.CharField()
    cell = serializers.CharField()
    ring = serializers.ChoiceField(choices=RINGS)
    state = serializers.ChoiceField(choices=RESULT_STATES)
    way = serializers.CharField(help_text="replay, executor, found (was there already) or gone (no such schema any more).")
    attempts = serializers.IntegerField(help_text="How often the locks of its tables were asked for.")
    elapsed_ms = serializers.IntegerField()
    error = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
