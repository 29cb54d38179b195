"""Visits of support: allowing one at the operator's address, entering and leaving at the tenant's."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from console import forms
from console.views.base import FormPage, Page
from console.views.entering import enter, take_session
from console.views.entrance import DOOR
from identity import actions, queries
from identity.permissions import Permission
from kernel.api.access import PUBLIC, SIGNED_IN


class NewVisit(FormPage):
    """Asking for a link by which one acts as a person of a tenant."""

    access = {"GET": Permission.IMPERSONATE, "POST": Permission.IMPERSONATE}
    title = "Visit a tenant"
    lead = "You act as a person of the tenant, with their permissions. Everything you do stands in the tenant's log and in ours, under your name."
    verb = "Make the link"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.Visit(initial={"minutes": 30}), back=reverse("console.overview"))

    def post(self) -> HttpResponse:
        """Make the link and show it this once."""
        form = forms.Visit(self.request.POST)
        with self.refusals(form):
            told = form.values()
            terms = {name: told[name] for name in ("email", "minutes", "reason")}
            visit = actions.allow_visit(told["tenant"], **terms, actor=self.actor)
            port = self.request.get_host().partition(":")[2]
            address = f"{self.request.scheme}://{visit.host}{':' if port else ''}{port}{visit.path}"
            return self.secret({"title": "Your visit", "visit": visit, "link": address}, template="console/pages/support/link.html")
        return self.form(form, back=reverse("console.overview"))


class Visit(Page):
    """Entering by the link. A look at it changes nothing: only the button enters."""

    access = {"GET": PUBLIC, "POST": PUBLIC}
    template = "console/pages/support/enter.html"

    def get(self, token: str) -> HttpResponse:
        """The button."""
        return self._page(token, forms.Confirmation())

    def post(self, token: str) -> HttpResponse:
        """Enter."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            _, session_token = actions.begin_visit(token)
            return enter(session_token, at=reverse("console.overview"), request=self.request)
        return self._page(token, form)

    def _page(self, token: str, form: forms.Confirmation) -> HttpResponse:
        context = {"title": "Visit", "form": form, "layout": DOOR, "person": queries.visited_person(token)}
        response = self.page(context, status=form.answer_status)
        response["Cache-Control"] = "no-store"
        return response


class VisitEnd(Page):
    """Leaving."""

    access = {"POST": SIGNED_IN}

    def post(self) -> HttpResponse:
        """End the visit that one is on; for whoever is on none, and may, end all visits here."""
        actions.end_visits(actor=self.actor)
        if not self.actor.on_behalf_of:
            return self.done("All visits of support have ended.", to="console.sessions")
        response = HttpResponseRedirect(reverse("console.sign-in"))
        take_session(response)
        return response
