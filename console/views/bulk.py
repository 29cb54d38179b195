"""Changing many tenants in one go."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Page
from kernel.problems import Invalid
from tenants import actions
from tenants.actions import BulkAction
from tenants.permissions import Permission

SHOWN = 100
OUTCOMES = ("done", "unchanged", "skipped")


class Bulk(Page):
    """What would become of each, and the button."""

    access = {"GET": Permission.SUSPEND_TENANTS, "POST": Permission.SUSPEND_TENANTS}
    template = "console/pages/tenants/bulk.html"
    crumbs = (("Tenants", "console.tenants"),)

    def get(self) -> HttpResponse:
        """What would happen to the ticked tenants."""
        names = self.request.GET.getlist("tenant")
        action = _action(str(self.request.GET.get("action", "")))
        return self._page(action, names, forms.BulkChange(action=action, initial={"action": action.value}))

    def post(self) -> HttpResponse:
        """Begin it."""
        names, action = self.request.POST.getlist("tenant"), _action(str(self.request.POST.get("action", "")))
        form = forms.BulkChange(self.request.POST, action=action)
        with self.refusals(form):
            values = form.values()
            reason, confirm = values.get("reason", ""), values.get("confirm", "")
            operation = actions.change_many(action, tenants=names, reason=reason, confirm=confirm, actor=self.actor)
            return self.done("It has begun.", to="console.operation", at=operation.public_id)
        return self._page(action, names, form)

    def _page(self, action: BulkAction, names: list[str], form: forms.BulkChange) -> HttpResponse:
        foreseen = actions.preview_many(action, tenants=names, actor=self.actor)
        counts = {outcome: sum(row["outcome"] == outcome for row in foreseen) for outcome in OUTCOMES}
        context: dict[str, Any] = {
            "title": f"{action.value.capitalize()} {len(names)} tenants",
            "form": form,
            "action": action.value,
        }
        context |= {"names": names, "foreseen": foreseen[:SHOWN], "counts": counts, "more": max(0, len(foreseen) - SHOWN)}
        return self.page(context | {"back": reverse("console.tenants"), "may_do": counts["done"]}, status=form.answer_status)


def _action(text: str) -> BulkAction:
    try:
        return BulkAction(text)
    except ValueError as fault:
        raise Invalid(f"Choose one of {', '.join(BulkAction)}.") from fault
