"""Long work: how far it is."""

from typing import Any

from django.http import HttpResponse

from console import forms, identifiers
from console.views.base import Page
from operations import actions, queries
from operations.permissions import Permission


class Operations(Page):
    """The list; it is asked for again every few seconds while something goes on."""

    access = {"GET": Permission.READ}
    template = "console/pages/operations/list.html"
    title = "Operations"

    def get(self) -> HttpResponse:
        """One page of operations."""
        filters = forms.OperationsQuery(self.request.GET).filters()
        page = self.listed(queries.operations(q=filters["q"], state=filters["state"]), filters=filters)
        unfinished = any(not row.is_over for row in page.items)
        return self.page({"page": page, "filters": filters, "states": forms.OperationsQuery.STATES, "unfinished": unfinished})


class Operation(Page):
    """One operation; the part that changes is asked for again every second until it is over."""

    access = {"GET": Permission.READ}
    template = "console/pages/operations/detail.html"
    crumbs = (("Operations", "console.operations"),)

    def get(self, operation_id: str) -> HttpResponse:
        """The steps, and what came of them."""
        operation = queries.operation(identifiers.read("op", operation_id))
        result = actions.show_result(operation, actor=self.actor)
        context = {"title": operation.label, "operation": operation, "result": result, "steps": steps_of(operation)}
        context |= {"unfinished": not operation.is_over, "tenant_subject": operation.subject.startswith("ten_")}
        context["may_cancel"] = not operation.is_over and self.may(Permission.WRITE)
        return self.page(context | {"may_resume": operation.state == "failed" and self.may(Permission.WRITE)})


class OperationResumption(Page):
    """Trying again at the step that failed."""

    access = {"POST": Permission.WRITE}

    def post(self, operation_id: str) -> HttpResponse:
        """Send it to a worker again."""
        actions.resume(identifiers.read("op", operation_id), actor=self.actor)
        return self.done("It goes on at the step that failed.", to="console.operation", at=operation_id)


class OperationCancellation(Page):
    """Stopping it at its next step."""

    access = {"POST": Permission.WRITE}

    def post(self, operation_id: str) -> HttpResponse:
        """Say so to its worker."""
        actions.cancel(identifiers.read("op", operation_id), actor=self.actor)
        return self.done("It stops at its next step. What it has done stays.", to="console.operation", at=operation_id)


def steps_of(operation: Any) -> list[dict[str, str]]:
    """Each step with its state: done, now, failed or waits."""
    at_work = "failed" if operation.state in {"failed", "cancelled"} else "now"
    words = {"done": "done", "now": "in progress", "failed": "stopped here", "waits": "waiting"}
    states = [
        "done" if place < operation.step else at_work if place == operation.step else "waits"
        for place in range(len(operation.steps))
    ]
    return [{"label": label, "state": state, "words": words[state]} for label, state in zip(operation.steps, states, strict=True)]
