"""Plans: what kind of customer a tenant is."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms
from console.views.base import Confirm, FormPage, Page
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Plans", "console.plans"),)


class Plans(Page):
    """All plans."""

    access = {"GET": Permission.READ_PLANS}
    template = "console/pages/plans/list.html"
    title = "Plans"

    def get(self) -> HttpResponse:
        """One page of plans, each with its number of tenants."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.plans(q=filters["q"]), filters=filters, key="code")
        return self.page({"page": page, "filters": filters, "may_write": self.may(Permission.WRITE_PLANS)})


class NewPlan(FormPage):
    """A plan that tenants can be put on."""

    access = {"GET": Permission.WRITE_PLANS, "POST": Permission.WRITE_PLANS}
    crumbs = CRUMBS
    title = "Add a plan"
    lead = "What is left empty holds as it does without a plan."
    verb = "Add the plan"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.NewPlan(), back=reverse("console.plans"))

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewPlan(self.request.POST)
        with self.refusals(form):
            values = form.values()
            names = {name: values[name] for name in ("code", "label", "cell_kind")}
            settings = {name: value for name, value in form.wanted_settings().items() if value is not None}
            plan = actions.add_plan(**names, settings=settings, actor=self.actor)
            return self.done(f"{plan.label} is there.", to="console.plans")
        return self.form(form, back=reverse("console.plans"))


class PlanChange(FormPage):
    """Another label, kind of cell or settings."""

    access = {"GET": Permission.WRITE_PLANS, "POST": Permission.WRITE_PLANS}
    crumbs = CRUMBS
    lead = "Settings hold for the plan's tenants at once, unless a tenant has its own."
    verb = "Save"

    def get(self, code: str) -> HttpResponse:
        """The form with what holds now."""
        plan = queries.plan(code)
        initial = {"label": plan.label, "cell_kind": plan.cell_kind, "version": plan.version}
        return self._page(code, forms.ChangedPlan(initial=initial, held=plan.settings))

    def post(self, code: str) -> HttpResponse:
        """Change it."""
        form = forms.ChangedPlan(self.request.POST)
        with self.refusals(form):
            values = form.values()
            names = {name: values[name] for name in ("label", "cell_kind")}
            version, settings = values["version"], form.wanted_settings()
            actions.change_plan(code, **names, settings=settings, expected_version=version, actor=self.actor)
            return self.done("Saved.", to="console.plans")
        return self._page(code, form)

    def _page(self, code: str, form: forms.ChangedPlan) -> HttpResponse:
        return self.form(form, title=f"Change {queries.plan(code).label}", back=reverse("console.plans"))


class PlanRemoval(Confirm):
    """The end of a plan."""

    access = {"GET": Permission.WRITE_PLANS, "POST": Permission.WRITE_PLANS}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, code: str) -> HttpResponse:
        """What will happen."""
        return self._page(code, forms.Confirmation())

    def post(self, code: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_plan(code, actor=self.actor)
            return self.done("The plan is removed.", to="console.plans")
        return self._page(code, form)

    def _page(self, code: str, form: forms.Confirmation) -> HttpResponse:
        plan = queries.plan(code)
        effects = ["No tenant may be on it.", "Its settings are forgotten."]
        return self.confirm(form, title=f"Remove {plan.label}?", consequences=effects, back=reverse("console.plans"))
