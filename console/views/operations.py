"""Long work: how far it is."""

from typing import Any

from django.http import HttpResponse

from console import identifiers
from console.views.base import Page
from operations import actions, queries
from operations.permissions import Permission


class Operation(Page):
    """One operation; the part that changes is asked for again every second until it is over."""

    access = {"GET": Permission.READ}
    template = "console/pages/operations/detail.html"

    def get(self, operation_id: str) -> HttpResponse:
        """The steps, and what came of them."""
        operation = queries.operation(identifiers.read("op", operation_id))
        result = queries.result_of(operation, actor=self.actor)
        context = {"title": operation.label, "operation": operation, "result": result, "steps": steps_of(operation)}
        context |= {"unfinished": not operation.is_over, "tenant_subject": operation.subject.startswith("ten_")}
        return self.page(context | {"may_resume": operation.state == "failed" and self.may(Permission.WRITE)})


class OperationResumption(Page):
    """Trying again at the step that failed."""

    access = {"POST": Permission.WRITE}

    def post(self, operation_id: str) -> HttpResponse:
        """Send it to a worker again."""
        actions.resume(identifiers.read("op", operation_id), actor=self.actor)
        return self.done("It goes on at the step that failed.", to="console.operation", at=operation_id)


def steps_of(operation: Any) -> list[dict[str, str]]:
    """Each step with its state: done, now, failed or waits."""
    at_work = "failed" if operation.state in {"failed", "cancelled"} else "now"
    words = {"done": "done", "now": "in progress", "failed": "stopped here", "waits": "waiting"}
    states = [
        "done" if place < operation.step else at_work if place == operation.step else "waits"
        for place in range(len(operation.steps))
    ]
    return [{"label": label, "state": state, "words": words[state]} for label, state in zip(operation.steps, states, strict=True)]
