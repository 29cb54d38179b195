"""Reading runs that change many people, how far they are, and what came of each row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import Cast, LPad

from identity.bulk import comma
from identity.bulk.kinds import COLUMNS, UNDO, Kind, RowOutcome
from identity.bulk.reading import BYTES_MOST, Row, rows_of_csv
from identity.models import BulkRow, BulkRun
from identity.problems import BulkRunNotFound
from kernel import ids
from operations import queries as operations
from operations.models import Operation

BULK: Final = "identity.bulk"
"""The kind of the operations that work runs off, and the name of their task."""

BULK_KINDS: Final = tuple(str(kind) for kind in Kind)
BULK_RUN_KINDS: Final = (*BULK_KINDS, UNDO)
BULK_OUTCOMES: Final = tuple(str(outcome) for outcome in RowOutcome)
BULK_BYTES_MOST: Final = BYTES_MOST
BULK_COLUMNS: Final = {str(kind): columns for kind, columns in COLUMNS.items()}
OVER: Final = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class BulkStanding:
    """How a run stands: queued, running, succeeded, failed or cancelled; how far it is, 0 to 100; what stopped it; and its job, `op_…`."""

    state: str
    progress_percent: int
    problem: str
    operation: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in OVER


def bulk_file_rows(content: bytes, *, kind: str) -> list[Row]:
    """The rows of a CSV file of people, for `actions.start_bulk`. Raises BulkFileInvalid with the lines that are at fault."""
    return rows_of_csv(content, kind=Kind(kind))


def bulk_runs(q: str = "", kind: str = "") -> QuerySet[BulkRun]:
    """The tenant's runs; `q` is part of the name of a file or of who started it, `kind` one of BULK_RUN_KINDS."""
    found = BulkRun.objects.all()
    if q:
        wanted = Q(file_name__icontains=q) | Q(created_by_label__icontains=q)
        found = found.filter(wanted)
    return found.filter(kind=kind) if kind else found


def bulk_run(id: UUID) -> BulkRun:  # noqa: A002  (the word of the URL and of the API)
    """One run. Raises BulkRunNotFound."""
    return _run(BulkRun.objects.filter(id=id).first())


def bulk_run_for_update(id: UUID) -> BulkRun:  # noqa: A002
    """The same, its row locked until the transaction ends. Raises BulkRunNotFound."""
    return _run(BulkRun.objects.select_for_update().filter(id=id).first())


def bulk_rows(run: BulkRun, *, q: str = "", outcome: str = "") -> QuerySet[BulkRow]:
    """A run's rows with `place`, a text that sorts as they stand in the file; `q` is part of an address or of what came of a row."""
    found = BulkRow.objects.filter(run=run).annotate(place=LPad(Cast("number", CharField()), 8, Value("0")))
    if q:
        wanted = Q(given__email__icontains=q) | Q(detail__icontains=q)
        found = found.filter(wanted)
    return found.filter(outcome=outcome) if outcome else found


def bulk_counts(run: BulkRun) -> dict[str, int]:
    """How many rows of a run have each outcome, all of BULK_OUTCOMES."""
    found = dict(BulkRow.objects.filter(run=run).values_list("outcome").annotate(number=Count("id")))
    return {outcome: found.get(outcome, 0) for outcome in BULK_OUTCOMES}


def bulk_standings(runs: list[BulkRun]) -> dict[UUID, BulkStanding]:
    """How some runs stand, by id; their operations are read in one query."""
    wanted = [run.operation_id for run in runs if run.operation_id is not None]
    jobs = {job.pk: job for job in operations.operations().filter(pk__in=wanted)}
    return {run.id: _standing(jobs.get(run.operation_id) if run.operation_id else None) for run in runs}


def bulk_standing(run: BulkRun) -> BulkStanding:
    """How one run stands."""
    return bulk_standings([run])[run.id]


def bulk_undone_by(run: BulkRun) -> BulkRun | None:
    """The run that took this one back, if one did."""
    return BulkRun.objects.filter(undoes=run).first()


def bulk_results(run: BulkRun) -> Iterator[bytes]:
    """The results of a run as CSV that is safe to open in a spreadsheet, line by line, in the order of the file."""
    rows = BulkRow.objects.filter(run=run).order_by("number").iterator(chunk_size=1_000)
    return comma.lines(
        {
            **row.given,
            "line": str(row.number),
            "outcome": row.outcome,
            "detail": row.detail,
            "person": "" if row.person_id is None else ids.show("usr", row.person_id),
        }
        for row in rows
    )


def _standing(job: Operation | None) -> BulkStanding:
    if job is None:
        return BulkStanding("queued", 0, "", "")
    return BulkStanding(job.state, job.progress_percent, str((job.problem or {}).get("detail", "")), job.public_id)


def _run(found: BulkRun | None) -> BulkRun:
    if found is None:
        raise BulkRunNotFound("Look it up in the list of runs: there is no such run here.")
    return found
