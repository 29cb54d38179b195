"""Retention: how long entries are kept, what would go, what went."""

from django.http import HttpResponse
from django.urls import reverse

from audit import actions, queries
from audit.permissions import Permission
from console import audit_tabs, forms
from console.views.base import Confirm, FormPage, Page

READ, WRITE = Permission.READ_RETENTION, Permission.WRITE_RETENTION
CRUMBS = (("Audit log", "console.audit"), ("Retention", "console.audit-retention"))


class Retention(Page):
    """The periods, the months, and what was removed."""

    access = {"GET": READ}
    template = "console/pages/audit/retention/list.html"
    title = "Retention"

    def get(self) -> HttpResponse:
        """One page of removals under the plan."""
        form = forms.PruningsQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.prunings(stage=filters["stage"], q=filters["q"]), filters=filters)
        context = {
            "page": page,
            "filters": filters,
            "stages": form.STAGES,
            "policies": queries.policies(),
            "plan": queries.removal_plan(),
        }
        tabs = audit_tabs.of(present="console.audit-retention", actor=self.actor)
        return self.page(context | {"tabs": tabs, "presets": queries.RETENTION_PRESETS, "may_write": self.may(WRITE)})


class Policy(FormPage):
    """The period of one category."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    lead = "Nothing is removed at once: the next daily round does it, or you by hand."

    def get(self, category: str) -> HttpResponse:
        """The form with what it is now."""
        found = queries.policy(category)
        initial = {"body_days": found.body_days, "seal_days": found.seal_days, "basis": found.basis}
        return self._page(category, forms.PolicyForm(initial=initial))

    def post(self, category: str) -> HttpResponse:
        """Set it."""
        queries.policy(category)
        form = forms.PolicyForm(self.request.POST)
        with self.refusals(form):
            actions.change_policy(category, **form.values(), actor=self.actor)
            return self.done("Saved.", to="console.audit-retention")
        return self._page(category, form)

    def _page(self, category: str, form: forms.PolicyForm) -> HttpResponse:
        return self.form(
            form, back=reverse("console.audit-retention"), title=f"How long entries of the category {category} are kept"
        )


class PolicyPreset(Confirm):
    """The period that a rule asks for, for all categories."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Apply"

    def get(self, preset: str) -> HttpResponse:
        """What will happen."""
        return self._page(preset, forms.Confirmation())

    def post(self, preset: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.apply_preset(preset, actor=self.actor)
            return self.done("All periods are set.", to="console.audit-retention")
        return self._page(preset, form)

    def _page(self, preset: str, form: forms.Confirmation) -> HttpResponse:
        found = queries.retention_preset(preset)
        effects = [
            f"Texts of all categories are kept for {found.body_days} days, whatever was set before.",
            "Seals are kept for good.",
            f"The basis is noted as: {found.basis}.",
            "What is older goes in the next daily round.",
        ]
        return self.confirm(form, title=f"Apply {found.label}?", consequences=effects, back=reverse("console.audit-retention"))


class Removal(Confirm):
    """The removal of what is older, now."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self) -> HttpResponse:
        """What will go."""
        return self._page(forms.Confirmation())

    def post(self) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            removed = actions.prune(actor=self.actor)
            return self.done(
                f"Removed in {len(removed.records)} steps; each stands in the audit log.", to="console.audit-retention"
            )
        return self._page(form)

    def _page(self, form: forms.Confirmation) -> HttpResponse:
        plan = queries.removal_plan()
        effects = [
            f"{month.name}: {month.entries:,} texts go, {month.held:,} of them are copied first because a hold names them."
            for month in plan.months
            if month.is_due
        ]
        if plan.seals.is_due:
            effects.append(f"Seals {plan.seals.first_seq:,} to {plan.seals.size:,} go. What follows stays provable.")
        effects = effects or ["Nothing may be removed now."]
        return self.confirm(form, title="Remove what is older?", consequences=effects, back=reverse("console.audit-retention"))
