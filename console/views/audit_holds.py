"""Legal holds: what must stay, and its end by two people."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms, identifiers
from console.views.base import Confirm, FormPage, Page

READ, WRITE, LIFT = Permission.READ_RETENTION, Permission.WRITE_HOLDS, Permission.LIFT_HOLDS
CRUMBS = (("Audit log", "console.audit"), ("Holds", "console.audit-holds"))


def found(hold_id: str) -> Any:
    """The hold of an address. Raises HoldNotFound."""
    return queries.hold(identifiers.read("hld", hold_id))


class Holds(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/holds/list.html"
    title = "Holds"

    def get(self) -> HttpResponse:
        """One page of holds."""
        form = forms.HoldsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.legal_holds(q=filters["q"], state=filters["state"]), filters=filters)
        rows = [(hold, queries.hold_state(hold)) for hold in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "states": form.STATES, "copies": queries.held_copies()}
        tabs = audit_tabs.of(present="console.audit-holds", actor=self.actor)
        return self.page(context | {"tabs": tabs, "may_write": self.may(WRITE)})


class NewHold(Page):
    """A hold to place, with a preview of what it would name."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/audit/holds/new.html"
    title = "New hold"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.page({"form": forms.HoldForm()})

    def post(self) -> HttpResponse:
        """Count what it would name, or place it."""
        form, preview = forms.HoldForm(self.request.POST), None
        with self.refusals(form):
            terms, words = form.terms(), form.values()
            if "preview" not in self.request.POST:
                told = {name: words[name] for name in ("matter", "reason")}
                hold = actions.place_hold(words["name"], **told, terms=terms, actor=self.actor)
                return self.done("The hold is placed.", to="console.audit-hold", at=hold.public_id)
            preview = queries.hold_preview(terms)
        return self.page({"form": form, "preview": preview}, status=200 if preview else form.answer_status)


class OneHold(Page):
    """One hold, and what can be done."""

    access = {"GET": READ}
    template = "console/pages/audit/holds/detail.html"
    crumbs = CRUMBS

    def get(self, hold_id: str) -> HttpResponse:
        """The page."""
        hold = found(hold_id)
        told = queries.hold_document(hold)
        named = queries.hold_preview({name: value for name, value in told["terms"].items() if value})
        context = {"title": hold.name, "hold": hold, "told": told, "named": named}
        return self.page(context | {"may_write": self.may(WRITE), "may_lift": self.may(LIFT)})


class HoldLiftRequest(FormPage):
    """Asking for the end of a hold."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Ask"
    lead = "The hold stands until another person confirms."

    def get(self, hold_id: str) -> HttpResponse:
        """The form."""
        return self._page(hold_id, forms.Reason())

    def post(self, hold_id: str) -> HttpResponse:
        """Ask."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            actions.ask_lift(found(hold_id).pk, reason=form.values()["reason"], actor=self.actor)
            return self.done("Asked. Another person must confirm.", to="console.audit-hold", at=hold_id)
        return self._page(hold_id, form)

    def _page(self, hold_id: str, form: forms.Reason) -> HttpResponse:
        return self.form(
            form, back=reverse("console.audit-hold", args=[hold_id]), title=f"Ask for the end of {found(hold_id).name}"
        )


class HoldRefusal(Page):
    """Letting a hold stand."""

    access = {"POST": WRITE}

    def post(self, hold_id: str) -> HttpResponse:
        """Refuse, or take one's own wish back."""
        actions.refuse_lift(found(hold_id).pk, actor=self.actor)
        return self.done("The hold stands.", to="console.audit-hold", at=hold_id)


class HoldLift(Confirm):
    """The end of a hold, by a second person."""

    access = {"GET": LIFT, "POST": LIFT}
    crumbs = CRUMBS
    verb = "Lift the hold"

    def get(self, hold_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(hold_id, forms.Confirmation())

    def post(self, hold_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.lift_hold(found(hold_id).pk, actor=self.actor)
            return self.done("The hold is lifted.", to="console.audit-hold", at=hold_id)
        return self._page(hold_id, form)

    def _page(self, hold_id: str, form: forms.Confirmation) -> HttpResponse:
        hold = found(hold_id)
        effects = [
            "What it names may be removed again when its period is over.",
            "Copies of removed months that no other hold names go at once, for good.",
            f"The reason that was given: {hold.lift_reason}" if hold.lift_reason else "Nobody has asked for its end yet.",
        ]
        return self.confirm(
            form, title=f"Lift {hold.name}?", consequences=effects, back=reverse("console.audit-hold", args=[hold_id])
        )
