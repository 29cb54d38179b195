"""How a worker moves an operation: claims it, tells how far it is, and steps on.

Progress is not a fact for the trail; starting, ending and resuming are, and those are actions. Whatever is progress ends a wait.
"""

from typing import Any
from uuid import UUID

import structlog
from django.db.models import F

from kernel import clock, tenancy
from kernel.problems import Problem
from operations import queries
from operations.models import CANCELLED, QUEUED, RUNNING, Operation
from operations.problems import OperationCancelled

log = structlog.get_logger(__name__)


@tenancy.atomic
def claim(operation_id: UUID) -> Operation | None:
    """Take an operation for this worker, or None when it is over or another worker is at it. Raises OperationNotFound."""
    operation = queries.operation_for_update(operation_id)
    if operation.state != QUEUED and not operation.is_abandoned:
        return None
    operation.state = RUNNING
    operation.attempts += 1
    operation.started_at = operation.started_at or clock.now()
    operation.heartbeat_at = clock.now()
    operation.version += 1
    operation.save(update_fields=["state", "attempts", "started_at", "heartbeat_at", "version"])
    return operation


def beat(operation: Operation, *, detail_percent: int) -> None:
    """Say that the present step goes on, 0 to 100. Raises OperationCancelled when somebody cancelled meanwhile."""
    _go_on(operation, detail_percent=max(0, min(100, detail_percent)))


def step_done(operation: Operation) -> None:
    """Note that the present step is finished. Raises OperationCancelled when somebody cancelled meanwhile."""
    operation.step += 1
    _go_on(operation, step=operation.step, detail_percent=0)


def note(operation: Operation, *, result: dict[str, Any]) -> None:
    """Keep what has come out so far, for readers and for the worker that may take over. Raises OperationCancelled as `beat` does."""
    _go_on(operation, result=result)
    operation.result = result


def wait(operation: Operation, *, why: Problem) -> None:
    """Give the operation back until something that passes by itself has passed, such as a service that is away: the sweep sends it on, ever again.

    What is done stays, and the attempt does not count as one. Readers see `why` until there is progress. Raises OperationCancelled as `beat` does.
    """
    log.info("operation.waits", kind=operation.kind, operation=operation.public_id, why=why.detail)
    _move(operation, state=QUEUED, attempts=F("attempts") - 1, problem=why.document())


def _go_on(operation: Operation, **changes: Any) -> None:
    _move(operation, heartbeat_at=clock.now(), problem=None, **changes)


def _move(operation: Operation, **changes: Any) -> None:
    """Change the row while it is this worker's. Raises OperationCancelled when it is no more."""
    own = Operation.objects.filter(pk=operation.pk, state=RUNNING, attempts=operation.attempts)
    if own.update(version=F("version") + 1, **changes):
        return
    # Looked up beside the object: refreshed, it would carry the other worker's attempt and pass for that worker.
    state = queries.operation(operation.pk).state
    why = "somebody cancelled it" if state == CANCELLED else "another worker took it over"
    raise OperationCancelled(f"This worker stops: {why}.", state=state)
