"""Reading the ledger of the fleet."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from kernel import ids
from tenants.fleet import planning
from tenants.fleet.planning import Plan, Stand
from tenants.fleet.rings import WORDS, Ring
from tenants.models import FleetResult, FleetRun, ResultState, RunState
from tenants.problems import FleetRunNotFound
from tenants.queries.plans import canaries

MIGRATING = "tenants.migrate_fleet"
"""The kind of the operation, and the name of the task, that works on a run."""

OPEN_RUNS = (RunState.RUNNING.value, RunState.PAUSED.value)


@dataclass(frozen=True, slots=True)
class FleetCounts:
    """How many schemas of a run wait, are done, and failed."""

    waiting: int
    done: int
    failed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.done + self.failed


def fleet_stand() -> Stand:
    """How the tables of all tenants stand to the code: one query per cell."""
    return planning.stand()


def fleet_plan(stand: Stand) -> Plan:
    """What a run would do now."""
    return planning.plan(stand, canaries=canaries(), jobs=1)


def ring_words() -> dict[str, Ring]:
    """The rings as people write them, in their order."""
    return dict(WORDS)


def fleet_runs(*, state: str = "") -> QuerySet[FleetRun]:
    """All runs, newest first; `state` is one of RunState."""
    found = FleetRun.objects.order_by("-id")
    return found.filter(state=state) if state else found


def fleet_run(run_id: UUID) -> FleetRun:
    """One run. Raises FleetRunNotFound."""
    return _one(FleetRun.objects.filter(id=run_id))


def fleet_run_named(name: str) -> FleetRun:
    """One run by its shown id, or the newest for `latest`. Raises FleetRunNotFound."""
    if name == "latest":
        return _one(fleet_runs())
    try:
        return fleet_run(ids.parse("fl", name))
    except ValueError:
        raise FleetRunNotFound("Runs are named by their id, such as fl_… in the list of runs, or latest.") from None


def fleet_run_for_update(run_id: UUID) -> FleetRun:
    """One run, locked until the end of the transaction in home. Raises FleetRunNotFound."""
    return _one(FleetRun.objects.select_for_update().filter(id=run_id))


def open_fleet_run() -> FleetRun | None:
    """The run that is at work or paused, if there is one."""
    return FleetRun.objects.filter(state__in=OPEN_RUNS).order_by("-id").first()


def fleet_results(run_id: UUID, *, q: str = "", state: str = "", ring: int | None = None, cell: str = "") -> QuerySet[FleetResult]:
    """What became of the schemas of a run, the last rings first; `q` is part of a slug, a schema or an error."""
    found = FleetResult.objects.filter(run_id=run_id).order_by("-id")
    if q:
        found = found.filter(Q(label__icontains=q) | Q(schema__icontains=q) | Q(error__icontains=q))
    if state:
        found = found.filter(state=state)
    if ring is not None:
        found = found.filter(ring=ring)
    return found.filter(cell=cell) if cell else found


def fleet_counts(run_id: UUID) -> FleetCounts:
    """How far a run is."""
    found = FleetResult.objects.filter(run_id=run_id)
    by_state = dict(found.order_by().values_list("state").annotate(count=Count("id")))
    return FleetCounts(**{state.value: by_state.get(state.value, 0) for state in ResultState})


def _one(found: QuerySet[FleetRun]) -> FleetRun:
    row = found.first()
    if row is None:
        raise FleetRunNotFound("List the runs to find it: manage.py fleet status.")
    return row
