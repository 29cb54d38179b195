"""An attempt of a long job of the trail: claimed, worked on, and ended or left to the sweep when it fails."""

from collections.abc import Callable
from uuid import UUID

import structlog

from kernel.actors import Actor
from kernel.problems import InternalError, Problem, Unavailable
from operations import actions as operations
from operations import progress
from operations.models import Operation
from operations.problems import OperationCancelled

ATTEMPTS = 5

log = structlog.get_logger(__name__)


def work(operation_id: UUID, *, perform: Callable[[Operation], None], actor: Actor) -> None:
    """Work on an operation until it is done, has failed, or is somebody else's; the operation tells the log which job it is.

    A fault that may pass leaves it to the sweep, which sends it again after its lease; one that will not, or the fifth in a row, ends it.
    """
    operation = progress.claim(operation_id)
    if operation is None:
        return
    try:
        perform(operation)
    except OperationCancelled as stopped:
        log.info("job.left", kind=operation.kind, operation=operation.public_id, why=stopped.detail)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the operation must say so
        _fail_or_leave(operation, fault, actor=actor)


def _fail_or_leave(operation: Operation, fault: Exception, *, actor: Actor) -> None:
    cause = None if isinstance(fault, Problem) else fault
    seen = {"kind": operation.kind, "operation": operation.public_id, "attempt": operation.attempts}
    log.error("job.step_failed", why=str(fault), exc_info=cause, **seen)
    will_not_pass = isinstance(fault, Problem) and not isinstance(fault, Unavailable)
    if not will_not_pass and operation.attempts % ATTEMPTS:
        return
    problem = fault if isinstance(fault, Problem) else InternalError(f"It failed with {type(fault).__name__}; the log tells more.")
    operations.fail(operation.id, problem=problem, attempt=operation.attempts, actor=actor)
