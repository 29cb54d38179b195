"""What the vendor's product may tell trails of."""

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, FormPage, Page
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Product actions", "console.product-actions"),)


class ProductActions(Page):
    """All actions."""

    access = {"GET": Permission.READ_PRODUCT_ACTIONS}
    template = "console/pages/product_actions/list.html"
    title = "Product actions"

    def get(self) -> HttpResponse:
        """One page of versions."""
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.product_actions(q=filters["q"]), filters=filters)
        return self.page({"page": page, "filters": filters, "may_write": self.may(Permission.WRITE_PRODUCT_ACTIONS)})


class NewProductAction(FormPage):
    """An action to register."""

    access = {"GET": Permission.WRITE_PRODUCT_ACTIONS, "POST": Permission.WRITE_PRODUCT_ACTIONS}
    crumbs = CRUMBS
    title = "Register an action"
    lead = "From then on the product may tell of it by POST /v1/audit/events, in the trail of each tenant."
    verb = "Register"

    def get(self) -> HttpResponse:
        """The form."""
        return self.form(forms.NewProductAction(), back=reverse("console.product-actions"))

    def post(self) -> HttpResponse:
        """Register it."""
        form = forms.NewProductAction(self.request.POST)
        with self.refusals(form):
            values = form.values()
            action = actions.register_product_action(values.pop("name"), **values, actor=self.actor)
            return self.done(f"{action.name} is registered as version {action.version}.", to="console.product-actions")
        return self.form(form, back=reverse("console.product-actions"))


class ProductAction(Page):
    """One version."""

    access = {"GET": Permission.READ_PRODUCT_ACTIONS}
    template = "console/pages/product_actions/one.html"
    crumbs = CRUMBS

    def get(self, action_id: str) -> HttpResponse:
        """Its schema, and how the product tells of it."""
        action = queries.product_action(identifiers.read("act", action_id))
        return self.page(
            {"title": action.title or action.name, "action": action, "may_write": self.may(Permission.WRITE_PRODUCT_ACTIONS)}
        )


class ProductActionRetirement(Confirm):
    """The end of a version."""

    access = {"GET": Permission.WRITE_PRODUCT_ACTIONS, "POST": Permission.WRITE_PRODUCT_ACTIONS}
    crumbs = CRUMBS
    verb = "Retire"

    def get(self, action_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(action_id, forms.Confirmation())

    def post(self, action_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.retire_product_action(identifiers.read("act", action_id), actor=self.actor)
            return self.done("The version has ended.", to="console.product-actions")
        return self._page(action_id, form)

    def _page(self, action_id: str, form: forms.Confirmation) -> HttpResponse:
        action = queries.product_action(identifiers.read("act", action_id))
        effects = [
            "Events of this version are refused within five seconds.",
            "Entries that tell of it stay in the trails as they are.",
        ]
        title = f"Retire version {action.version} of {action.name}?"
        return self.confirm(form, title=title, consequences=effects, back=reverse("console.product-action", args=[action_id]))
