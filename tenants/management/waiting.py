"""Waiting for an operation at a terminal, with a bar, and lending a hand when no worker takes it."""

import threading
import time
from collections.abc import Callable
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from operations import beside, queries
from operations.models import Operation

POLL_S = 0.1
PATIENCE_S = 2.0
"""How long a worker may take to begin before this process does the work itself."""


def until_over(operation_id: UUID, *, work: Callable[[], None], patience_s: float, console: Console) -> Operation:
    """The operation when nothing more will happen by itself.

    `work` is called in a thread if no worker began within `patience_s` seconds, or if the one that had begun has died.
    Claiming is exclusive, so a worker that comes late finds the operation taken. Interrupting the wait leaves the operation as it is.
    """
    began = time.monotonic()
    helper: threading.Thread | None = None
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        bar = progress.add_task("Waiting for a worker", total=100)
        while not (operation := queries.operation(operation_id)).is_over:
            _show(progress, bar, operation)
            is_waiting = operation.state == "queued" and time.monotonic() - began >= patience_s
            if helper is None and (is_waiting or operation.is_abandoned):
                helper = beside.start(work, name="waiting", is_daemon=False)
            elif helper is not None and not helper.is_alive():
                break
            time.sleep(POLL_S)
        operation = queries.operation(operation_id)
        _show(progress, bar, operation)
    if helper is not None:
        helper.join()
    return operation


def _show(progress: Progress, bar: TaskID, operation: Operation) -> None:
    text = {"queued": "Waiting for a worker", "succeeded": "Done", "failed": "Failed", "cancelled": "Cancelled"}
    progress.update(bar, completed=operation.progress_percent, description=text.get(operation.state, operation.step_name))
