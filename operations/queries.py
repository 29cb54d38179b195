"""Reading."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from kernel import clock
from kernel.actors import Actor
from operations import secrets_of
from operations.models import LEASE, OPEN, QUEUED, RUNNING, Operation
from operations.permissions import Permission
from operations.problems import OperationNotFound

NUDGE_AFTER = timedelta(seconds=5)


def operations(*, q: str = "", state: str = "", kind: str = "") -> QuerySet[Operation]:
    """The tenant's operations; `q` searches label and subject."""
    found = Operation.objects.all()
    if q:
        found = found.filter(Q(label__icontains=q) | Q(subject__icontains=q))
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found


def operation(operation_id: UUID) -> Operation:
    """One operation. Raises OperationNotFound."""
    try:
        return Operation.objects.get(pk=operation_id)
    except Operation.DoesNotExist:
        raise OperationNotFound("Check the id; operations belong to the tenant that started them.") from None


def result_of(found: Operation, *, actor: Actor) -> dict[str, Any]:
    """An operation's result, with its secret part for those who may work on operations; readers see the rest."""
    if not actor.may(Permission.WRITE):
        return dict(found.result)
    return {**found.result, **secrets_of.opened(found.sealed_result, operation_id=found.id)}


def by_key(key: str) -> Operation | None:
    """The operation that was started under a key, if any."""
    return Operation.objects.filter(key=key).first()


def operation_for_update(operation_id: UUID) -> Operation:
    """One operation, its row locked until the transaction ends. Raises OperationNotFound."""
    found = Operation.objects.select_for_update().filter(pk=operation_id).first()
    if found is None:
        raise OperationNotFound("Check the id; operations belong to the tenant that started them.")
    return found


def remembering(subject: str) -> QuerySet[Operation]:
    """Operations about a subject that are over and still hold what they were given or found."""
    emptied = Q(arguments={}, result={}, sealed_result="", problem__isnull=True)
    return Operation.objects.filter(subject=subject).exclude(state__in=OPEN).exclude(emptied)


def abandoned() -> QuerySet[Operation]:
    """Operations that no worker is at: queued for longer than a message takes, or silent for longer than the lease."""
    now = clock.now()
    queued = Q(state=QUEUED, created_at__lt=now - NUDGE_AFTER)
    silent = Q(state=RUNNING, heartbeat_at__lt=now - LEASE)
    return Operation.objects.filter(queued | silent)
