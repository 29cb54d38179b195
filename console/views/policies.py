"""Policies: a list, an editor that checks, and putting them into force and out of it."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import access_tabs, forms, identifiers
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

READ, WRITE = Permission.READ_POLICIES, Permission.WRITE_POLICIES
CRUMBS = (("Policies", "console.policies"),)
BEGINNING = 'forbid(principal, action in Action::"write", resource)\nunless { principal in Role::"owner" };\n'


def found(policy_id: str) -> Any:
    """The policy of an address. Raises PolicyNotFound."""
    return queries.policy(identifiers.read("pol", policy_id))


class Policies(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/policies/list.html"
    title = "Policies"

    def get(self) -> HttpResponse:
        """One page of policies."""
        filters = forms.AccessPoliciesQuery(self.request.GET).filters()
        page = self.listed(queries.policies(q=filters["q"], state=filters["state"]), filters=filters)
        context = {"page": page, "filters": filters, "states": forms.AccessPoliciesQuery.STATES}
        context |= {"templates": queries.policy_templates(), "timezone": queries.policy_timezone()}
        context |= {"is_timezone_known": queries.is_policy_timezone_known()}
        return self.page(context | {"tabs": access_tabs.of(present="console.policies"), "may_write": self.may(WRITE)})


class Editor(Page):
    """What the pages with an editor share: the button that only checks."""

    template = "console/pages/policies/edit.html"
    crumbs = CRUMBS

    def checked(self, form: forms.AccessPolicy) -> dict[str, Any] | None:
        """What is wrong with the typed text and what is odd about it, when that was asked for; None otherwise."""
        if "check" not in self.request.POST:
            return None
        faults = queries.policy_faults(form.values()["text"])
        return {"faults": faults, "remarks": [] if faults else queries.policy_remarks(form.values()["text"])}

    def editor(self, form: forms.AccessPolicy, *, check: dict[str, Any] | None = None, **context: Any) -> HttpResponse:
        """The page, with what a check found."""
        status = 200 if check is not None else form.answer_status
        return self.page({"form": form, "check": check, "words": queries.policy_words(), **context}, status=status)


class NewPolicy(Editor):
    """A policy to write."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "New policy"

    def get(self) -> HttpResponse:
        """A beginning, or the template that `from` names."""
        wanted = self.request.GET.get("from", "")
        template = next((one for one in queries.policy_templates() if one.name == wanted), None)
        initial = (
            {"name": template.name, "description": template.description, "text": template.text} if template else {"text": BEGINNING}
        )
        return self.editor(forms.NewAccessPolicy(initial=initial), may_write=True)

    def post(self) -> HttpResponse:
        """Check it, or keep it as a draft."""
        form = forms.NewAccessPolicy(self.request.POST)
        with self.refusals(form):
            check = self.checked(form)
            if check is not None:
                return self.editor(form, check=check, may_write=True)
            values = form.values()
            words = {"text": values["text"], "description": values["description"]}
            made = actions.create_policy(values["name"], **words, actor=self.actor)
            return self.done("Kept as a draft. It counts when it is put into force.", to="console.policy", at=made.public_id)
        return self.editor(form, may_write=True)


class OnePolicy(Editor):
    """One policy: its text, its state, and what can be done."""

    access = {"GET": READ, "POST": WRITE}

    def get(self, policy_id: str) -> HttpResponse:
        """The page."""
        policy = found(policy_id)
        initial = {"text": policy.text, "description": policy.description, "version": policy.version}
        return self._page(policy, forms.AccessPolicy(initial=initial))

    def post(self, policy_id: str) -> HttpResponse:
        """Check another text, or take it."""
        policy, form = found(policy_id), forms.AccessPolicy(self.request.POST)
        with self.refusals(form):
            check = self.checked(form)
            if check is not None:
                return self._page(policy, form, check=check)
            values = form.values()
            words = {"text": values["text"], "description": values["description"], "expected_version": values["version"]}
            actions.change_policy(policy.id, **words, actor=self.actor)
            return self.done("The changes are saved.", to="console.policy", at=policy_id)
        return self._page(policy, form)

    def _page(self, policy: Any, form: forms.AccessPolicy, *, check: dict[str, Any] | None = None) -> HttpResponse:
        return self.editor(form, check=check, title=policy.name, policy=policy, may_write=self.may(WRITE))


class Act(Confirm):
    """What is asked before something becomes of a policy."""

    crumbs = CRUMBS
    question = ""
    consequences: tuple[str, ...] = ()

    def get(self, policy_id: str) -> HttpResponse:
        """What will happen."""
        return self.asked(policy_id, forms.Confirmation())

    def asked(self, policy_id: str, form: forms.Form) -> HttpResponse:
        """The question."""
        title = self.question.format(found(policy_id).name)
        return self.confirm(
            form, title=title, consequences=list(self.consequences), back=reverse("console.policy", args=[policy_id])
        )


class PolicyEnablement(Act):
    """Putting a policy into force."""

    access = {"GET": WRITE, "POST": WRITE}
    verb = "Put into force"
    question = "Put {} into force?"
    consequences = (
        "It counts from the next request on, for everybody whom it is about.",
        "Try it in the simulator before: it can count a draft as if it were in force.",
        "You are refused if it would stand against your changing policies yourself.",
    )

    def get(self, policy_id: str) -> HttpResponse:
        """What will happen to the text that was looked at."""
        return self.asked(policy_id, forms.SeenPolicy(initial={"version": self.request.GET.get("version", "")}))

    def post(self, policy_id: str) -> HttpResponse:
        """Do it, unless somebody changed the text meanwhile."""
        form = forms.SeenPolicy(self.request.POST)
        with self.refusals(form):
            actions.enable_policy(found(policy_id).id, expected_version=form.values()["version"], actor=self.actor)
            return self.done("The policy is in force.", to="console.policy", at=policy_id)
        return self.asked(policy_id, form)


class PolicyDisablement(Act):
    """Taking a policy out of force."""

    access = {"GET": WRITE, "POST": WRITE}
    verb = "Take out of force"
    question = "Take {} out of force?"
    consequences = ("What it forbids is allowed again from the next request on, to whoever's roles allow it.", "Its text stays.")

    def post(self, policy_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.disable_policy(found(policy_id).id, actor=self.actor)
            return self.done("The policy is out of force.", to="console.policy", at=policy_id)
        return self.asked(policy_id, form)


class PolicyDeletion(Act):
    """The end of a policy."""

    access = {"GET": WRITE, "POST": WRITE}
    verb = "Delete"
    question = "Delete {}?"
    consequences = (
        "If it is in force, what it forbids is allowed again from the next request on.",
        "Its text stays in the audit log.",
    )

    def post(self, policy_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            policy = actions.delete_policy(found(policy_id).id, actor=self.actor)
            return self.done(f"The policy {policy.name} is deleted.", to="console.policies")
        return self.asked(policy_id, form)


class Clock(FormPage):
    """The time zone of the policies."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Save"
    lead = "Policies that speak of hours and days mean this clock."

    def get(self) -> HttpResponse:
        """The form."""
        return self._page(forms.PolicyClock(initial={"timezone": queries.policy_timezone()}))

    def post(self) -> HttpResponse:
        """Choose it."""
        form = forms.PolicyClock(self.request.POST)
        with self.refusals(form):
            zone = actions.set_policy_timezone(form.values()["timezone"], actor=self.actor)
            return self.done(f"Policies read the clock of {zone}.", to="console.policies")
        return self._page(form)

    def _page(self, form: forms.PolicyClock) -> HttpResponse:
        return self.form(form, back=reverse("console.policies"), title="Clock of the policies")
