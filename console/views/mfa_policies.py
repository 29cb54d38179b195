"""The rules about who needs which second factor."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers, security_tabs
from console.forms.factors import KINDS, LEVELS
from console.views.base import Confirm, Page
from identity import actions, documents, queries
from identity.permissions import Permission

READ, WRITE = Permission.READ_SECURITY, Permission.WRITE_SECURITY
CRUMBS = (("Security", "console.security"), ("Second factors", "console.mfa-policies"))


def whom(policy: Any) -> str:
    """Whom a rule is for, as people call them."""
    if policy.role is not None:
        return f"Role {policy.role.label}"
    if policy.team is not None:
        return f"Team {policy.team.label}"
    return "Everybody" if policy.user is None else str(policy.user.name or policy.user.email)


def taken(policy: Any) -> list[str]:
    """The kinds of factors that a rule names; none when it takes all."""
    return [KINDS[kind] for kind in policy.allowed_factors]


class MfaPolicies(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/mfa_policies/list.html"
    title = "Second factors"

    def get(self) -> HttpResponse:
        """One page of rules."""
        filters = forms.MfaPoliciesQuery(self.request.GET).filters()
        page = self.listed(queries.mfa_policies(q=filters["q"], required=filters["required"]), filters=filters)
        rows = [(policy, whom(policy), taken(policy)) for policy in page.items]
        context = {"page": page, "rows": rows, "filters": filters, "levels": forms.MfaPoliciesQuery.LEVELS}
        tabs = security_tabs.of(present="console.mfa-policies", actor=self.actor)
        return self.page(context | {"may_write": self.may(WRITE), "tabs": tabs})


class NewMfaPolicy(Page):
    """A rule to make."""

    access = {"GET": WRITE, "POST": WRITE}
    template = "console/pages/mfa_policies/form.html"
    title = "New rule"
    crumbs = CRUMBS

    def get(self) -> HttpResponse:
        """The empty form."""
        return self._page(forms.NewMfaPolicy(initial={"applies_to": "everybody", "required": "any"}))

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewMfaPolicy(self.request.POST)
        with self.refusals(form):
            made = actions.create_mfa_policy(actions.Terms(**form.terms()), **form.scope(), actor=self.actor)
            return self.done("The rule counts from now on.", to="console.mfa-policy", at=made.public_id)
        return self._page(form)

    def _page(self, form: forms.NewMfaPolicy) -> HttpResponse:
        return self.page(
            {"form": form, "verb": "Create the rule", "back": reverse("console.mfa-policies")}, status=form.answer_status
        )


class OneMfaPolicy(Page):
    """One rule."""

    access = {"GET": READ, "POST": WRITE}
    template = "console/pages/mfa_policies/detail.html"
    crumbs = CRUMBS

    def get(self, mfa_policy_id: str) -> HttpResponse:
        """The rule, and the form for whoever may change it."""
        policy = queries.mfa_policy(identifiers.read("mfa", mfa_policy_id))
        initial = documents.of_mfa_policy(policy) | {
            "allowed_aaguids": "\n".join(policy.allowed_aaguids),
            "trusted_amr": ", ".join(policy.trusted_amr),
        }
        return self._page(policy, forms.MfaTerms(initial=initial))

    def post(self, mfa_policy_id: str) -> HttpResponse:
        """Change it."""
        form = forms.MfaTerms(self.request.POST)
        identifier = identifiers.read("mfa", mfa_policy_id)
        with self.refusals(form):
            terms, version = actions.Terms(**form.terms()), form.values()["version"]
            actions.change_mfa_policy(identifier, terms=terms, expected_version=version, actor=self.actor)
            return self.done("The rule is changed.", to="console.mfa-policy", at=mfa_policy_id)
        return self._page(queries.mfa_policy(identifier), form)

    def _page(self, policy: Any, form: forms.MfaTerms) -> HttpResponse:
        told = documents.of_mfa_policy(policy)
        context = {"title": f"Rule for {whom(policy)}", "whom": whom(policy), "policy": policy, "form": form, "told": told}
        context |= {"level": dict(LEVELS)[policy.required], "kinds": taken(policy)}
        return self.page(context | {"may_write": self.may(WRITE)}, status=form.answer_status)


class MfaPolicyDeletion(Confirm):
    """The end of a rule."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Delete the rule"

    def get(self, mfa_policy_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(mfa_policy_id, forms.Confirmation())

    def post(self, mfa_policy_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.delete_mfa_policy(identifiers.read("mfa", mfa_policy_id), actor=self.actor)
            return self.done("The rule is gone.", to="console.mfa-policies")
        return self._page(mfa_policy_id, form)

    def _page(self, mfa_policy_id: str, form: forms.Confirmation) -> HttpResponse:
        policy = queries.mfa_policy(identifiers.read("mfa", mfa_policy_id))
        effects = ["It asks nothing of anybody any more.", "The other rules still count, the strictest of them first."]
        title = f"Delete the rule for {whom(policy)}?"
        return self.confirm(form, title=title, consequences=effects, back=reverse("console.mfa-policy", args=[mfa_policy_id]))
