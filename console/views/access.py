"""Questions about access: would somebody be allowed, and who may."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse

from console import access_tabs, catalogue, forms, identifiers
from console.views.base import Page
from identity import documents, queries
from identity.permissions import Permission
from identity.queries import NEVER_S
from kernel.problems import Invalid, NotFound

READ = Permission.READ_POLICIES
REASONS = {
    "a_role_grants_it": "A role allows it, and no policy stands against it.",
    "owners_keep_the_policies": "Owners can always see and change policies themselves, so that no policy shuts everybody out.",
    "no_role_grants_it": "No role allows it.",
    "a_policy_forbids_it": "A role allows it, but a policy forbids it in these circumstances.",
    "a_policy_failed": "A policy could not be evaluated, which counts as a refusal.",
    "not_active": "They have no access at all now.",
}


class Simulator(Page):
    """Would somebody be allowed to do something, and why?"""

    access = {"GET": READ, "POST": READ}
    template = "console/pages/policies/simulator.html"
    title = "Simulator"

    def get(self) -> HttpResponse:
        """The empty question, or one that another page began."""
        begun = {name: self.request.GET.get(name, "") for name in ("principal", "permission", "policy")}
        return self._page(forms.Simulation(initial=begun))

    def post(self) -> HttpResponse:
        """The answer. Nothing is done."""
        form = forms.Simulation(self.request.POST)
        with self.refusals(form):
            return self._page(form, answer=self._answer(form))
        return self._page(form)

    def _answer(self, form: forms.Simulation) -> dict[str, Any]:
        given, values = form.circumstances(), form.values()
        policy = queries.policy(identifiers.read("pol", values["policy"])) if values["policy"] else None
        try:
            of = queries.subject(queries.shown_id(values["principal"]))
        except NotFound as unknown:
            fault = {"pointer": "/principal", "code": "unknown", "detail": unknown.detail}
            raise Invalid("Name somebody of this tenant.", errors=[fault]) from unknown
        found = queries.simulate(of, permission=values["permission"], given=given, and_also=policy)
        return documents.of_explanation(found)

    def _page(self, form: forms.Simulation, *, answer: dict[str, Any] | None = None) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "answer": answer, "tabs": access_tabs.of(present="console.access")}
        if answer is not None:
            told = [(name, _words(name, value)) for name, value in answer["circumstances"].items()]
            context |= {"reason": REASONS[answer["reason"]], "told": told, "grants": [_grant(one) for one in answer["granted_by"]]}
        return self.page(context, status=200 if answer is not None else form.answer_status)


class Holders(Page):
    """Who may do something."""

    access = {"GET": READ}
    template = "console/pages/policies/holders.html"
    title = "Who may?"

    def get(self) -> HttpResponse:
        """One page of people, and the service accounts beside them."""
        filters = forms.AccessHoldersQuery(self.request.GET).filters()
        chosen = filters["permission"] if filters["permission"] in queries.permissions() else str(Permission.WRITE_PEOPLE)
        filters["permission"] = chosen
        page = self.listed(queries.people_who_may(chosen, q=filters["q"]), filters=filters)
        context = {"page": page, "filters": filters, "roles": queries.roles_allowing(chosen)}
        context |= {"choices": catalogue.choices(queries.permissions()), "tabs": access_tabs.of(present="console.access-holders")}
        context["accounts"] = queries.service_accounts_which_may(chosen, q=filters["q"]).order_by("name")[:50]
        return self.page(context)


def _grant(told: dict[str, Any]) -> dict[str, Any]:
    """A role that allows it, with how somebody came by it in words."""
    holder, until = told["through"], told["expires_at"]
    how = f"through the team {holder['name']}" if holder["kind"] == "team" else f"given to {holder['name']}"
    return {**told, "how": how, "until": None if until is None else datetime.fromisoformat(until)}


def _words(name: str, value: object) -> str:
    """What a policy was told, for people."""
    if name == "mfa_age_s" and value == NEVER_S:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "not known"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
