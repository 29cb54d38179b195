"""Writing: how an operation begins and ends."""

from typing import Any
from uuid import UUID

from django.db.models import F

from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.events import record, record_read
from kernel.problems import Problem
from kernel.tasks import enqueue
from operations import events, queries, secrets_of
from operations.models import CANCELLED, FAILED, QUEUED, RESUMABLE, SUCCEEDED, KeptAnswer, Operation
from operations.permissions import Permission
from operations.problems import OperationCancelled, OperationEnded


def show_result(operation: Operation, *, actor: Actor) -> dict[str, Any]:
    """What an operation found, as its reader may see it; that somebody was shown its secret part is recorded, once a minute."""
    result = queries.result_of(operation, actor=actor)
    if result.keys() - operation.result.keys():
        event = events.SecretRead(subject=operation.public_id, subject_label=operation.label, kind=operation.kind)
        record_read(event, actor=actor)
    return result


@tenancy.atomic
def start(kind: str, *, key: str, subject: str, label: str, steps: list[str], arguments: dict[str, Any], actor: Actor) -> Operation:
    """Queue a long job; the task named `kind` will work on it with `operation_id=`.

    Idempotent by `key`: the operation that already has it is returned and nothing is recorded. The caller has checked the permission.
    """
    operation, is_new = _noted(kind, key=key, subject=subject, label=label, steps=steps, arguments=arguments, actor=actor)
    if is_new:
        enqueue(kind, operation_id=str(operation.pk))
    return operation


@tenancy.joining
def begin(kind: str, *, key: str, subject: str, label: str, steps: list[str], arguments: dict[str, Any], actor: Actor) -> Operation:
    """Note a long job that the caller does at once, in this transaction or right after it, and ends itself.

    No worker is asked; if the caller dies before the end, the sweep sends it to one. Idempotent by `key`, as `start`.
    """
    operation, _ = _noted(kind, key=key, subject=subject, label=label, steps=steps, arguments=arguments, actor=actor)
    return operation


def _noted(
    kind: str, *, key: str, subject: str, label: str, steps: list[str], arguments: dict[str, Any], actor: Actor
) -> tuple[Operation, bool]:
    """The row under a key and whether it is new; only then it is recorded."""
    operation, is_new = Operation.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "subject": subject,
            "label": label,
            "steps": steps,
            "arguments": arguments,
            "started_by": actor.label,
        },
    )
    if is_new:
        record(events.OperationStarted(subject=operation.public_id, subject_label=label, kind=kind), actor=actor)
    return operation, is_new


@tenancy.atomic
def succeed(operation_id: UUID, *, result: dict[str, Any], secrets: dict[str, str], actor: Actor) -> Operation:
    """End an operation well; `secrets` are the part of its result that is stored sealed.

    Idempotent: one that has succeeded stays as it is and nothing is recorded. Raises OperationCancelled when somebody ended it meanwhile.
    """
    operation = queries.operation_for_update(operation_id)
    if operation.state == SUCCEEDED:
        return operation
    if operation.is_over:
        raise OperationCancelled(f"This worker stops: the operation is {operation.state}.", state=operation.state)
    operation.step = len(operation.steps)
    operation.result, operation.problem = result, None
    operation.sealed_result = secrets_of.sealed(secrets, operation_id=operation.id)
    _end(operation, state=SUCCEEDED)
    record(
        events.OperationSucceeded(
            subject=operation.public_id, subject_label=operation.label, kind=operation.kind, attempts=operation.attempts
        ),
        actor=actor,
    )
    return operation


@tenancy.atomic
def fail(operation_id: UUID, *, problem: Problem, attempt: int, actor: Actor) -> Operation:
    """End an operation with the problem that stopped it; `resume` may send it on later.

    Idempotent: one that is over stays as it is and nothing is recorded. Raises OperationCancelled when another worker has made a later attempt.
    """
    operation = queries.operation_for_update(operation_id)
    if operation.is_over:
        return operation
    if operation.attempts != attempt:
        raise OperationCancelled("This worker stops: another worker took it over.", state=operation.state)
    operation.problem = problem.document()
    _end(operation, state=FAILED)
    record(
        events.OperationFailed(
            subject=operation.public_id,
            subject_label=operation.label,
            kind=operation.kind,
            problem=problem.detail[:500],
            step=operation.step_name,
        ),
        actor=actor,
    )
    return operation


@tenancy.atomic
def cancel(operation_id: UUID, *, actor: Actor) -> Operation:
    """Stop an operation at its next step; what it has done stays. Raises Forbidden, OperationNotFound, OperationEnded."""
    actor.require(Permission.WRITE)
    operation = queries.operation_for_update(operation_id)
    if operation.is_over:
        raise OperationEnded("Nothing is left to cancel.", state=operation.state)
    operation.problem = None
    _end(operation, state=CANCELLED)
    record(events.OperationCancelled(subject=operation.public_id, subject_label=operation.label, kind=operation.kind), actor=actor)
    return operation


@tenancy.atomic
def resume(operation_id: UUID, *, actor: Actor) -> Operation:
    """Send a failed or abandoned operation to a worker again; it goes on at the step that it had reached.

    One that is queued or at work is only nudged, and nothing is recorded. Raises Forbidden, OperationNotFound, OperationEnded.
    """
    actor.require(Permission.WRITE)
    operation = queries.operation_for_update(operation_id)
    if operation.state not in RESUMABLE:
        raise OperationEnded("Only a failed or stuck operation can be resumed.", state=operation.state)
    if operation.state == FAILED:
        operation.state, operation.problem, operation.finished_at = QUEUED, None, None
        operation.version += 1
        operation.save(update_fields=["state", "problem", "finished_at", "version"])
        record(
            events.OperationResumed(
                subject=operation.public_id, subject_label=operation.label, kind=operation.kind, step=operation.step_name
            ),
            actor=actor,
        )
    enqueue(operation.kind, operation_id=str(operation.pk))
    return operation


@tenancy.atomic
def forget(subject: str, *, actor: Actor) -> int:
    """Remove what operations about a subject were given and what they found, and kept answers that name it; returns how many operations.

    What was done, when and how it ended stays. Operations that are still open are left alone. Idempotent: nothing left to remove records nothing.
    Raises Forbidden.
    """
    actor.require(Permission.WRITE)
    KeptAnswer.objects.filter(body__contains=subject).delete()
    kept = queries.remembering(subject)
    forgotten = kept.update(arguments={}, result={}, sealed_result="", problem=None, version=F("version") + 1)
    if forgotten:
        record(events.OperationsForgotten(subject=subject, operations=forgotten), actor=actor)
    return forgotten


def _end(operation: Operation, *, state: str) -> None:
    operation.state = state
    operation.finished_at = clock.now()
    operation.version += 1
    operation.save(update_fields=["state", "step", "result", "sealed_result", "problem", "finished_at", "version"])
