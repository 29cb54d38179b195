"""A worker that does one step of a restore and dies before it can note it: `python -m tests.tenants.dying OPERATION STEP new|replace`, STEP from 0."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import django

django.setup()

from kernel import tenancy  # noqa: E402  (Django must be ready)
from kernel.actors import Actor  # noqa: E402
from tenants import actions, queries  # noqa: E402
from tenants.actions import restore_jobs  # noqa: E402


def die_after(step: Callable[[], None]) -> None:
    """Do a step, then go at once."""
    step()
    os.kill(os.getpid(), signal.SIGKILL)


def dying_at(number: int, job: Any) -> None:
    """Let a job's step kill its worker when it is done."""
    usual = job.steps

    def steps(self: Any) -> Sequence[Callable[[], None]]:
        found = list(usual(self))
        found[number] = partial(die_after, found[number])
        return found

    job.steps = steps


def main() -> None:
    """Work on an operation until death."""
    operation_id, number = UUID(sys.argv[1]), int(sys.argv[2])
    for job in (restore_jobs._Restoring, restore_jobs._Replacing):
        dying_at(number, job)
    actor = Actor.system("command:test")
    with tenancy.activate(queries.platform().ref(), purpose=tenancy.Purpose.OPERATOR):
        work = actions.work_on_restore if sys.argv[3] == "new" else actions.work_on_replacement
        work(operation_id, actor=actor)


if __name__ == "__main__":
    main()
