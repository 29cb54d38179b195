"""The long job that seals a tenant's secrets again, step by step; a worker that is killed is followed by another that goes on."""

from functools import partial
from typing import Final
from uuid import UUID

from audit import actions as audit
from identity import events
from identity.data_keys import counting, replacing, resealing
from identity.data_keys.resealing import Batch
from identity.permissions import Permission
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Unavailable
from operations import actions as operations
from operations import attempts, progress
from operations.models import Operation

WAITS: Final = (
    "The key service does not answer. What is sealed again stays so, and the rest follows by itself when the service answers."
)


def work_on_rotation(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a rotation until it is done, has failed, or is somebody else's.

    While the key service is away it waits, however long that is, and goes on by itself. Another fault that may pass leaves it to the sweep too;
    the fifth in a row ends it. Raises Forbidden.
    """
    actor.require(Permission.ROTATE_SECRETS)
    attempts.work(operation_id, perform=partial(_work, actor=actor), actor=actor)


def _work(operation: Operation, *, actor: Actor) -> None:
    try:
        _go_on(operation, actor=actor)
    except Unavailable:
        progress.wait(operation, why=Unavailable(WAITS))


def _go_on(operation: Operation, *, actor: Actor) -> None:
    if "key" not in operation.result:
        _replace(operation)
    if operation.step == 0:
        progress.step_done(operation)
    if operation.step == 1:
        _reseal(operation)
        progress.step_done(operation)
    _finish(operation, actor=actor)


@tenancy.atomic
def _replace(operation: Operation) -> None:
    """The new key and the note of it are one: a worker that follows does not make another."""
    key = replacing.replace()
    usages = counting.of_tenant()
    total = sum(usage.others_than(key.short_id) for usage in usages)
    progress.note(operation, result={"key": key.short_id, "total": total, "resealed": 0, "closed": 0})


def _reseal(operation: Operation) -> None:
    # What does not open is met again by a worker that follows; what was sealed again is not.
    so_far = {**operation.result, "closed": 0}

    def noted(batch: Batch) -> None:
        so_far["resealed"] += batch.resealed
        so_far["closed"] += batch.closed
        progress.note(operation, result=dict(so_far))
        done = so_far["resealed"] + so_far["closed"]
        progress.beat(operation, detail_percent=100 * done // max(1, so_far["total"]))

    resealing.counted(resealing.in_tenant(operation.result["key"]), on_batch=noted)


@tenancy.atomic
def _finish(operation: Operation, *, actor: Actor) -> None:
    result = operation.result
    operations.succeed(operation.id, result=result, secrets={}, actor=actor)
    event = events.SecretsRotated(subject="secrets", key=result["key"], resealed=result["resealed"], closed=result["closed"])
    audit.record(event, actor=actor)
    retired = replacing.retire()
    if retired:
        audit.record(events.DataKeysRetired(subject="secrets", keys=[key.short_id for key in retired]), actor=actor)
