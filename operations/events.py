"""What can happen."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationStarted(Event):
    """A long job was accepted and queued."""

    name = "operations.operation.started"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSucceeded(Event):
    """A long job reached its last step."""

    name = "operations.operation.succeeded"
    public = True

    kind: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFailed(Event):
    """A long job gave up; `problem` names why."""

    name = "operations.operation.failed"
    public = True

    kind: str
    problem: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCancelled(Event):
    """A long job was cancelled by somebody."""

    name = "operations.operation.cancelled"
    public = True

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResumed(Event):
    """A failed or stuck job was sent to a worker again; it goes on at the step that it had reached."""

    name = "operations.operation.resumed"

    kind: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsForgotten(Event):
    """What long jobs about something had been given and had found was removed, because it must not be kept any longer."""

    name = "operations.operation.forgotten"

    operations: int
