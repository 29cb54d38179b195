"""Networks: from where people, service accounts and keys may come."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers, security_tabs
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission
from kernel import context

CRUMBS = (("Security", "console.security"), ("Networks", "console.networks"))
READ, WRITE = Permission.READ_SECURITY, Permission.WRITE_SECURITY
ROLES_OFFERED = 200


def found(network_id: str) -> Any:
    """The rule of an address. Raises NetworkNotFound."""
    return queries.network(identifiers.read("ipr", network_id))


class Networks(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/networks/list.html"
    title = "Networks"

    def get(self) -> HttpResponse:
        """One page of rules, and the address that the person comes from."""
        form = forms.NetworksQuery(self.request.GET)
        filters = form.filters()
        page = self.listed(queries.networks(q=filters["q"], scope=filters["scope"]), filters=filters)
        tabs = security_tabs.of(present="console.networks", actor=self.actor)
        shown = {"page": page, "filters": filters, "scopes": form.SCOPES, "tabs": tabs, "own_address": context.current().address}
        return self.page(shown | {"may_write": self.may(WRITE)})


class NewNetwork(FormPage):
    """A network to allow."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "Allow a network"
    crumbs = CRUMBS
    verb = "Allow it"

    def get(self) -> HttpResponse:
        """The empty form; the person's own address stands in it while there is no rule, for it must be allowed first."""
        own = "" if queries.networks().exists() else context.current().address
        return self._page(forms.NetworkForm(initial={"cidr": own}, roles=self._roles()))

    def post(self) -> HttpResponse:
        """Allow it."""
        form = forms.NetworkForm(self.request.POST, roles=self._roles())
        with self.refusals(form):
            values = form.values()
            role_id = identifiers.read("rol", values["role"]) if values["role"] else None
            rule = actions.add_network(values["cidr"], role_id=role_id, note=values["note"], actor=self.actor)
            return self.done(f"{rule.cidr} is allowed. It counts from everybody's next request on.", to="console.networks")
        return self._page(form)

    def _page(self, form: forms.NetworkForm) -> HttpResponse:
        return self.form(form, back=reverse("console.networks"))

    def _roles(self) -> list[tuple[str, str]]:
        roles = queries.roles().order_by("label")[:ROLES_OFFERED]
        return [(role.public_id, f"People and programs with the role {role.label}") for role in roles]


class NetworkRemoval(Confirm):
    """A network to allow no longer."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Take it back"

    def get(self, network_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(network_id, forms.Confirmation())

    def post(self, network_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            rule = actions.remove_network(identifiers.read("ipr", network_id), actor=self.actor)
            return self.done(f"{rule.cidr} is not allowed any more.", to="console.networks")
        return self._page(network_id, form)

    def _page(self, network_id: str, form: forms.Confirmation) -> HttpResponse:
        rule = found(network_id)
        effects = [
            "Whoever comes from this network, and from no other of the list, is refused from the next request on.",
            "With the last network of a list the list asks nothing any more: then everybody may come from anywhere.",
        ]
        return self.confirm(form, title=f"Take {rule.cidr} back?", consequences=effects, back=reverse("console.networks"))
