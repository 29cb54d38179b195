"""Changes to many people as documents."""

from typing import Any

from identity.models import BulkRow, BulkRun
from identity.queries.bulk import BulkStanding, bulk_counts
from kernel import ids
from kernel.clock import rfc3339, rfc3339_or_none


def of_bulk_run(run: BulkRun, *, standing: BulkStanding) -> dict[str, Any]:
    """One run for machines, without its rows."""
    return {
        "id": run.public_id,
        "kind": run.kind,
        "is_rehearsal": run.is_rehearsal,
        "file_name": run.file_name,
        "state": standing.state,
        "progress_percent": standing.progress_percent,
        "problem": standing.problem,
        "operation": standing.operation,
        "counts": bulk_counts(run),
        "undoes": None if run.undoes_id is None else ids.show("blk", run.undoes_id),
        "created_by": {"id": run.created_by, "label": run.created_by_label},
        "created_at": rfc3339(run.created_at),
        "finished_at": rfc3339_or_none(run.finished_at),
    }


def of_bulk_row(row: BulkRow) -> dict[str, Any]:
    """One row of a run for machines."""
    return {
        "line": row.number,
        "given": row.given,
        "outcome": row.outcome,
        "detail": row.detail,
        "person": None if row.person_id is None else ids.show("usr", row.person_id),
    }
