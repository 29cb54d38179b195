"""Moves and what they leave behind as documents."""

from typing import Any

from kernel.clock import rfc3339
from operations.models import Operation
from tenants.models import Leftover


def of_move(operation: Operation) -> dict[str, Any]:
    """A move as a map; `freeze_ms` is there once the tenant has arrived."""
    return {
        "operation": operation.public_id,
        "tenant": operation.subject,
        "from_cell": operation.arguments["from_cell"],
        "to_cell": operation.arguments["to_cell"],
        "state": operation.state,
        "step": operation.step_name,
        "progress_percent": operation.progress_percent,
        "freeze_ms": operation.result.get("freeze_ms"),
        "rows": operation.result.get("rows"),
        "problem": operation.problem,
        "created_at": rfc3339(operation.created_at),
        "finished_at": None if operation.finished_at is None else rfc3339(operation.finished_at),
    }


def of_leftover(row: Leftover) -> dict[str, Any]:
    """A place that waits to be dropped, as a map."""
    return {
        "cell": row.cell_id,
        "schema": row.schema,
        "reason": row.reason,
        "drop_after": rfc3339(row.drop_after),
        "created_at": rfc3339(row.created_at),
    }
