"""What can happen."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationStarted(Event):
    """A long job was accepted and queued."""

    name = "operations.operation.started"
    category = "operations"
    subject_kind = "operation"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSucceeded(Event):
    """A long job reached its last step."""

    name = "operations.operation.succeeded"
    public = True
    category = "operations"
    subject_kind = "operation"

    kind: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFailed(Event):
    """A long job gave up; `problem` names why."""

    name = "operations.operation.failed"
    public = True
    category = "operations"
    severity = MEDIUM
    subject_kind = "operation"

    kind: str
    problem: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCancelled(Event):
    """A long job was cancelled by somebody."""

    name = "operations.operation.cancelled"
    public = True
    category = "operations"
    severity = LOW
    subject_kind = "operation"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationResumed(Event):
    """A failed or stuck job was sent to a worker again; it goes on at the step that it had reached."""

    name = "operations.operation.resumed"
    category = "operations"
    subject_kind = "operation"

    kind: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRead(Event):
    """Somebody was shown the secret part of what a long job found, e.g. an invitation."""

    name = "operations.secret.read"
    category = "data"
    severity = MEDIUM
    subject_kind = "operation"
    reads = True

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsForgotten(Event):
    """What long jobs about something had been given and had found was removed, because it must not be kept any longer."""

    name = "operations.operation.forgotten"
    category = "operations"
    subject_kind = "operation"

    operations: int
