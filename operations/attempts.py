"""An attempt at a long job: claimed, worked on, and ended or left to the sweep when it fails.

One way for every app. A fault that may pass, such as a service that is away, leaves the operation to the sweep, which sends it again after
its lease; one that will not, or the fifth in a row, ends it. `resume` grants as many attempts again.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog
from django.db import DatabaseError

from kernel.actors import Actor
from kernel.problems import InternalError, Problem, Unavailable
from operations import actions, progress
from operations.models import Operation
from operations.problems import OperationCancelled

ATTEMPTS: Final = 5

log = structlog.get_logger(__name__)


def work(operation_id: UUID, *, perform: Callable[[Operation], None], actor: Actor) -> None:
    """Work on an operation until it is done, has failed, or is somebody else's. `perform` ends it itself when all is well."""
    operation = progress.claim(operation_id)
    if operation is None:
        return
    try:
        perform(operation)
    except OperationCancelled as stopped:
        left(operation, why=stopped)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the operation must say so
        fail_or_leave(operation, fault, actor=actor)


def left(operation: Operation, *, why: Problem) -> None:
    """Tell the log that this worker stops and the operation is somebody else's."""
    log.info("operation.left", kind=operation.kind, operation=operation.public_id, why=why.detail)


def fail_or_leave(operation: Operation, fault: Exception, *, actor: Actor) -> Problem | None:
    """End the operation when the fault will not pass or came too often: the problem that it ended with, or None when it is left to the sweep."""
    cause = None if isinstance(fault, Problem) else fault
    seen = {"kind": operation.kind, "operation": operation.public_id, "attempt": operation.attempts}
    log.error("operation.step_failed", why=str(fault), exc_info=cause, **seen)
    will_not_pass = isinstance(fault, Problem) and not isinstance(fault, Unavailable)
    if not will_not_pass and operation.attempts % ATTEMPTS:
        return None
    problem = fault if isinstance(fault, Problem) else _as_problem(fault)
    actions.fail(operation.id, problem=problem, attempt=operation.attempts, actor=actor)
    return problem


def _as_problem(fault: Exception) -> Problem:
    if isinstance(fault, DatabaseError):
        return Unavailable(
            "A database refused a step or does not answer; the log tells more. Resume the operation when it is well."
        )
    return InternalError(
        f"A step failed with {type(fault).__name__}; the log tells more. Resume the operation when the cause is gone."
    )
