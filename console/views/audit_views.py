"""Saved views of the audit log."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from audit import actions, queries
from audit.permissions import Permission
from console import forms, identifiers
from console.views.audit import CRUMBS, AuditPage
from console.views.base import Confirm, FormPage

READ = Permission.READ_ENTRIES
VIEWS = (*CRUMBS, ("Saved views", "console.audit-views"))


class Views(AuditPage):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/audit/views.html"
    title = "Saved views"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """One page of saved views: one's own, and shared ones."""
        filters = forms.ViewsQuery(self.request.GET).filters()
        page = self.listed(queries.views(actor=self.actor, q=filters["q"]), filters=filters)
        return self.shown({"page": page, "rows": [self._row(view) for view in page.items], "filters": filters})

    def _row(self, view: Any) -> dict[str, Any]:
        url = f"{reverse('console.audit')}?{urlencode(view.filters)}"
        may_change = not view.is_shared or self.may(Permission.WRITE_VIEWS)
        told = ", ".join(f"{name} {value}" for name, value in view.filters.items())
        return {"view": view, "url": url, "told": told or "everything", "may_change": may_change}


class NewView(FormPage):
    """A name for the filters of the list, which stand in the address of this page."""

    access = {"GET": READ, "POST": READ}
    title = "Save this view"
    crumbs = VIEWS
    verb = "Save"
    lead = "The filters of the list are kept under a name."

    def get(self) -> HttpResponse:
        """The form."""
        return self._shown(forms.ViewForm(initial={"audience": actions.OWN}))

    def post(self) -> HttpResponse:
        """Keep it, and go to the list as it shows it."""
        form = forms.ViewForm(self.request.POST)
        filters = forms.AuditQuery(self.request.GET).chosen().as_dict()
        with self.refusals(form):
            values = form.values()
            actions.save_view(values["name"], filters=filters, audience=values["audience"], actor=self.actor)
            return self.told("The view is saved.", to=f"{reverse('console.audit')}?{urlencode(filters)}")
        return self._shown(form)

    def _shown(self, form: forms.ViewForm) -> HttpResponse:
        query = urlencode(forms.AuditQuery(self.request.GET).chosen().as_dict())
        return self.form(form, back=f"{reverse('console.audit')}?{query}")


class OneView(FormPage):
    """Another name or audience. The filters are changed by saving the list anew."""

    access = {"GET": READ, "POST": READ}
    title = "Change a saved view"
    crumbs = VIEWS

    def get(self, view_id: str) -> HttpResponse:
        """The form."""
        view = queries.view(identifiers.read("viw", view_id), actor=self.actor)
        initial = {"name": view.name, "audience": view.audience, "version": view.version}
        return self.form(forms.ViewForm(initial=initial), back=reverse("console.audit-views"))

    def post(self, view_id: str) -> HttpResponse:
        """Change it."""
        view = queries.view(identifiers.read("viw", view_id), actor=self.actor)
        form = forms.ViewForm(self.request.POST)
        with self.refusals(form):
            given = form.values()
            version = given.pop("version")
            actions.change_view(view.id, **given, expected_version=version, actor=self.actor)
            return self.done("The view is changed.", to="console.audit-views")
        return self.form(form, back=reverse("console.audit-views"))


class ViewRemoval(Confirm):
    """Removing one."""

    access = {"GET": READ, "POST": READ}
    crumbs = VIEWS
    verb = "Remove it"

    def get(self, view_id: str) -> HttpResponse:
        """What will happen."""
        return self._asked(view_id, forms.Confirmation())

    def post(self, view_id: str) -> HttpResponse:
        """Remove it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_view(identifiers.read("viw", view_id), actor=self.actor)
            return self.done("The view is removed.", to="console.audit-views")
        return self._asked(view_id, form)

    def _asked(self, view_id: str, form: forms.Form) -> HttpResponse:
        view = queries.view(identifiers.read("viw", view_id), actor=self.actor)
        whose = "Nobody finds it in the list any more." if view.is_shared else "You do not find it in the list any more."
        consequences = [whose, "Entries stay as they are."]
        return self.confirm(
            form, title=f"Remove the view {view.name}", consequences=consequences, back=reverse("console.audit-views")
        )
