"""A worker that is killed at a given point of a move: `python -m tests.tenants.move_worker OPERATION POINT`.

POINT is `before` or `after`, a colon, and a function of the product, e.g. `after:tenants.moves.walls.stop_writers`. The process kills itself there
with SIGKILL, as the kernel would: nothing is rolled back, closed or said.
"""

import os
import signal
import sys
from importlib import import_module
from typing import Any
from uuid import UUID

import django


def arm(point: str) -> None:
    """Put death before or after a function."""
    when, _, path = point.partition(":")
    module_name, _, name = path.rpartition(".")
    module = import_module(module_name)
    original = getattr(module, name)

    def deadly(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, name, deadly)


def main(operation_id: str, point: str) -> None:
    """Work on a move until death."""
    django.setup()
    arm(point)
    actions = import_module("tenants.actions")
    tenancy = import_module("kernel.tenancy")
    actor = import_module("kernel.actors").Actor.system("command:test")
    platform = import_module("tenants.queries").platform().ref()
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        actions.carry_out_move(UUID(operation_id), actor=actor)


if __name__ == "__main__":
    main(*sys.argv[1:])
