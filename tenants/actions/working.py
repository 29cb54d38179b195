"""Long work in steps: one way for making, exporting, restoring, moving and erasing a tenant, and for migrating all of them.

A job is an operation in platform's schema, a tuple of steps, and what to do at its end. Each step commits by itself and may run again from
anywhere; what is finished is noted in the operation, so that whoever takes it over after a crash goes on there.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from uuid import UUID

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Problem
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations import attempts, progress
from operations.models import Operation
from operations.problems import OperationCancelled
from tenants.problems import BeingMade


@dataclass(frozen=True, slots=True)
class Ending:
    """What an operation leaves: `result` for readers of operations, `secrets` sealed, for those who may work on them."""

    result: dict[str, object] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Job(ABC):
    """One attempt at one operation. Platform is active wherever a method is called; a step enters other tenants itself."""

    operation: Operation
    actor: Actor
    platform: TenantRef

    @abstractmethod
    def steps(self) -> Sequence[Callable[[], None]]:
        """The steps, one for each name in the operation's `steps`, in that order."""

    @abstractmethod
    def end(self) -> Ending:
        """What is left when every step is done."""

    def alone(self) -> AbstractContextManager[None]:
        """What is held for the whole attempt, such as a lock. Raises BeingMade where somebody else holds it."""
        return nullcontext()

    def give_up(self, problem: Problem) -> None:
        """Put things in order after the last attempt; the operation is failed already. By default nothing is left half-way."""
        del problem

    def beat(self, done: int, of: int, what: str = "") -> None:
        """Tell how far the present step is; may be called from inside another tenant. Raises OperationCancelled."""
        del what
        with tenancy.activate(self.platform, purpose=Purpose.OPERATOR):
            progress.beat(self.operation, detail_percent=100 * done // max(of, 1))


def work(operation_id: UUID, *, job: Callable[[Operation, Actor, TenantRef], Job], actor: Actor) -> None:
    """Work on an operation until it is done, has failed, or is somebody else's. Platform is active.

    A fault that may pass leaves the operation to the sweep, which sends it again after its lease; one that will not, or the last attempt's,
    ends it.
    """
    operation = progress.claim(operation_id)
    if operation is None:
        return
    made: Job | None = None
    try:
        made = job(operation, actor, tenancy.current())
        _run(made)
    except (OperationCancelled, BeingMade) as stopped:
        attempts.left(operation, why=stopped)
    except Exception as fault:  # noqa: BLE001 - whatever it is, the operation must say so
        problem = attempts.fail_or_leave(operation, fault, actor=actor)
        if problem is not None and made is not None:
            made.give_up(problem)


def _run(job: Job) -> None:
    with job.alone():
        for step in job.steps()[job.operation.step :]:
            step()
            progress.step_done(job.operation)
        ending = job.end()
        operations.succeed(job.operation.id, result=dict(ending.result), secrets=ending.secrets, actor=job.actor)
