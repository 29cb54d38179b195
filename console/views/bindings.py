"""Who has which roles: of a role, of a person, a team, a service account; giving and taking them."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse

from console import catalogue, forms, identifiers
from console.views.base import Confirm, Page
from identity import actions, documents, queries
from identity.permissions import Permission
from kernel import clock
from kernel.problems import Invalid, NotFound

NEEDED = {
    "person": Permission.WRITE_PEOPLE,
    "team": Permission.WRITE_TEAMS,
    "service_account": Permission.WRITE_SERVICE_ACCOUNTS,
}
PLACES = {"person": "console.person", "team": "console.team", "service_account": "console.service-account"}
LETTERS = {"person": "usr", "team": "tem", "service_account": "svc"}


class Bindings(Page):
    """What the pages of bindings share: rows that know where they lead and whether one may take them."""

    def rows(self, found: Any) -> list[dict[str, Any]]:
        """Bindings as the table shows them."""
        return [self._row(documents.of_binding(binding), binding=binding) for binding in found]

    def _row(self, told: dict[str, Any], *, binding: Any) -> dict[str, Any]:
        kind = told["holder"]["kind"]
        return {
            "told": told,
            "binding": binding,
            "kind": catalogue.sentence(kind),
            "holder_url": reverse(PLACES[kind], args=[told["holder"]["id"]]),
            "role_url": reverse("console.role", args=[told["role"]["id"]]),
            "may_take": self.may(NEEDED[kind]),
        }


class RoleHolders(Bindings):
    """Who has a role."""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.READ_ROLES}
    template = "console/pages/roles/holders.html"
    crumbs = (("Roles", "console.roles"),)

    def get(self, role_id: str) -> HttpResponse:
        """One page of those who have it now, and a form to give it."""
        return self._page(role_id, forms.HolderGrant())

    def post(self, role_id: str) -> HttpResponse:
        """Give it."""
        role = queries.role(identifiers.read("rol", role_id))
        form = forms.HolderGrant(self.request.POST)
        with self.refusals(form):
            values = form.values()
            until = forms.until(values["days"], now=clock.now())
            actions.grant_role(_somebody(values["holder"]), role_id=role.id, expires_at=until, actor=self.actor)
            return self.done(f"The role {role.label} is given.", to="console.role-holders", at=role_id)
        return self._page(role_id, form)

    def _page(self, role_id: str, form: forms.HolderGrant) -> HttpResponse:
        role = queries.role(identifiers.read("rol", role_id))
        filters = forms.ListQuery(self.request.GET).filters()
        page = self.listed(queries.bindings_of_role(role, q=filters["q"]), filters=filters)
        crumbs = self.above(role.label, url=reverse("console.role", args=[role_id]))
        context = {"title": f"Who has {role.label}", "role": role, "crumbs": crumbs, "page": page, "filters": filters, "form": form}
        context |= {"rows": self.rows(page.items), "may_give": any(self.may(needed) for needed in NEEDED.values())}
        return self.page(context, status=form.answer_status)


class HolderRoles(Bindings):
    """The roles of one person, team or service account."""

    template = "console/pages/roles/of_holder.html"
    kind: ClassVar[str] = ""

    def shown(self, holder_id: str, form: forms.RoleGrant) -> HttpResponse:
        """One page of them, and a form to give another."""
        identifiers.read(LETTERS[self.kind], holder_id)
        holder = queries.holder(holder_id)
        told = documents.of_holder(holder)
        page = self.listed(queries.bindings_of_holder(holder), filters={})
        called = getattr(holder, "label", "") or holder.name or told["name"]
        context = {"title": f"Roles of {called}", "told": told, "page": page, "rows": self.rows(page.items), "form": form}
        context["crumbs"] = self.above(called, url=reverse(PLACES[self.kind], args=[holder_id]))
        context["may_give"] = self.may(NEEDED[self.kind])
        return self.page(context, status=form.answer_status)

    def given(self, holder_id: str) -> HttpResponse:
        """Give a role, and show the page again."""
        identifiers.read(LETTERS[self.kind], holder_id)
        form = forms.RoleGrant(self.request.POST)
        with self.refusals(form):
            values = form.values()
            until = forms.until(values["days"], now=clock.now())
            role_id = identifiers.read("rol", values["role"])
            actions.grant_role(holder_id, role_id=role_id, expires_at=until, actor=self.actor)
            return self.told("The role is given.", to=self.request.path)
        return self.shown(holder_id, form)


class PersonRoles(HolderRoles):
    """Of a person."""

    access = {"GET": Permission.READ_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    crumbs = (("People", "console.people"),)
    kind = "person"

    def get(self, person_id: str) -> HttpResponse:
        """The page."""
        return self.shown(person_id, forms.RoleGrant())

    def post(self, person_id: str) -> HttpResponse:
        """Give one."""
        return self.given(person_id)


class TeamRoles(HolderRoles):
    """Of a team."""

    access = {"GET": Permission.READ_TEAMS, "POST": Permission.WRITE_TEAMS}
    crumbs = (("Teams", "console.teams"),)
    kind = "team"

    def get(self, team_id: str) -> HttpResponse:
        """The page."""
        return self.shown(team_id, forms.RoleGrant())

    def post(self, team_id: str) -> HttpResponse:
        """Give one."""
        return self.given(team_id)


class ServiceAccountRoles(HolderRoles):
    """Of a service account."""

    access = {"GET": Permission.READ_SERVICE_ACCOUNTS, "POST": Permission.WRITE_SERVICE_ACCOUNTS}
    crumbs = (("Service accounts", "console.service-accounts"),)
    kind = "service_account"

    def get(self, service_account_id: str) -> HttpResponse:
        """The page."""
        return self.shown(service_account_id, forms.RoleGrant())

    def post(self, service_account_id: str) -> HttpResponse:
        """Give one."""
        return self.given(service_account_id)


class RoleWithdrawal(Confirm):
    """Taking a role from somebody."""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.READ_ROLES}
    crumbs = (("Roles", "console.roles"),)
    verb = "Take the role"

    def get(self, binding_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(binding_id, forms.Confirmation())

    def post(self, binding_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            binding = actions.withdraw_role(identifiers.read("bnd", binding_id), actor=self.actor)
            return self.done(f"The role {binding.role.label} is taken.", to="console.role-holders", at=binding.role.public_id)
        return self._page(binding_id, form)

    def _page(self, binding_id: str, form: forms.Confirmation) -> HttpResponse:
        told = documents.of_binding(queries.binding(identifiers.read("bnd", binding_id)))
        holder, role = told["holder"], told["role"]
        effects = [
            "It does not count from their next request on.",
            *(["Everybody in the team loses it, unless they have it otherwise."] if holder["kind"] == "team" else []),
            "What they did with it stays readable in the audit log.",
        ]
        back = reverse("console.role-holders", args=[role["id"]])
        return self.confirm(form, title=f"Take {role['label']} from {holder['name']}?", consequences=effects, back=back)


def _somebody(text: str) -> str:
    """What was typed, as an id. Raises Invalid at its field for an address that nobody has."""
    try:
        return queries.shown_id(text)
    except NotFound as unknown:
        fault = {"pointer": "/holder", "code": "unknown", "detail": unknown.detail}
        raise Invalid("Name somebody of this tenant.", errors=[fault]) from unknown
