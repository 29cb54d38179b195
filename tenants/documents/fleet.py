"""The fleet as documents: how it stands to the code, what would run, and what became of it."""

from typing import Any

from kernel import ids
from kernel.clock import rfc3339, rfc3339_or_none
from tenants.fleet.planning import CellStand, Plan, Stand
from tenants.fleet.rings import Ring
from tenants.models import FleetResult, FleetRun
from tenants.queries import FleetCounts


def of_stand(stand: Stand, *, run: FleetRun | None) -> dict[str, Any]:
    """How all schemas stand to the code, in sum and cell by cell; `run` is the one that is open."""
    return {
        "target": stand.target[:12],
        "is_current": not stand.behind and not stand.faults,
        "current": sum(cell.current for cell in stand.cells),
        "behind": sum(cell.behind for cell in stand.cells),
        "ahead": sum(cell.ahead for cell in stand.cells),
        "missing": sum(cell.missing for cell in stand.cells),
        "cells": [of_cell_stand(cell) for cell in stand.cells],
        "run": None if run is None else run.public_id,
    }


def of_cell_stand(cell: CellStand) -> dict[str, Any]:
    """How the schemas of one cell stand to the code; `fault` is empty when the cell answers."""
    return {
        "cell": cell.cell,
        "current": cell.current,
        "behind": cell.behind,
        "ahead": cell.ahead,
        "missing": cell.missing,
        "fault": cell.fault,
    }


def of_plan_of_fleet(plan: Plan) -> dict[str, Any]:
    """What a run would do now: the pending migrations, the size of each ring, about how long it takes, and what it asks of the code."""
    return {
        "migrations": [planned.document() for planned in plan.steps],
        "rings": {ring.word: size for ring, size in plan.rings.items()},
        "order": plan.order.value,
        "estimate_s": round(plan.estimate_s, 1),
    }


def of_fleet_run(run: FleetRun, *, counts: FleetCounts) -> dict[str, Any]:
    """One run."""
    return {
        "id": run.public_id,
        "target": run.target[:12],
        "state": run.state,
        "until": run.options["until"],
        "jobs": run.options["jobs"],
        "canaries": run.options["canaries"],
        "cells": run.options["cells"],
        "counts": {"total": counts.total, "waiting": counts.waiting, "done": counts.done, "failed": counts.failed},
        "migrations": run.plan,
        "operation": run.operation,
        "problem": run.problem,
        "version": run.version,
        "created_at": rfc3339(run.created_at),
        "finished_at": rfc3339_or_none(run.finished_at),
    }


def of_fleet_result(row: FleetResult) -> dict[str, Any]:
    """What became of one schema; `tenant` is null for a place that waits for one."""
    return {
        "id": ids.show("flr", row.id),
        "tenant": None if row.tenant_id is None else ids.show("ten", row.tenant_id),
        "label": row.label,
        "schema": row.schema,
        "cell": row.cell,
        "ring": Ring(row.ring).word,
        "state": row.state,
        "way": row.way,
        "attempts": row.attempts,
        "elapsed_ms": row.elapsed_ms,
        "error": row.error,
        "finished_at": rfc3339_or_none(row.finished_at),
    }
