"""Service accounts: make, change, suspend, resume, deactivate."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from console import forms, identifiers
from console.views.base import Confirm, FormPage, Page
from identity import actions, queries
from identity.permissions import Permission

CRUMBS = (("Service accounts", "console.service-accounts"),)
READ, WRITE = Permission.READ_SERVICE_ACCOUNTS, Permission.WRITE_SERVICE_ACCOUNTS
PAGE = "console.service-account"


class ServiceAccounts(Page):
    """The list."""

    access = {"GET": READ}
    template = "console/pages/service_accounts/list.html"
    title = "Service accounts"

    def get(self) -> HttpResponse:
        """One page of them."""
        filters = forms.ServiceAccountsQuery(self.request.GET).filters()
        page = self.listed(queries.service_accounts(q=filters["q"], status=filters["status"]), filters=filters)
        shown = {"page": page, "filters": filters, "statuses": forms.ServiceAccountsQuery.STATUSES, "may_write": self.may(WRITE)}
        return self.page(shown)


class NewServiceAccount(FormPage):
    """Making one."""

    access = {"GET": WRITE, "POST": WRITE}
    title = "New service account"
    crumbs = CRUMBS
    verb = "Create the account"
    lead = "It may nothing until it is given a role, by name or through a team."

    def get(self) -> HttpResponse:
        """The empty form."""
        return self.form(forms.NewNamed(), back=reverse("console.service-accounts"))

    def post(self) -> HttpResponse:
        """Make it."""
        form = forms.NewNamed(self.request.POST)
        with self.refusals(form):
            values = form.values()
            words = {"label": values["label"], "description": values["description"]}
            account = actions.create_service_account(values["name"], **words, actor=self.actor)
            return self.done(f"The service account {account.label} is made.", to=PAGE, at=account.public_id)
        return self.form(form, back=reverse("console.service-accounts"))


class ServiceAccount(Page):
    """One of them."""

    access = {"GET": READ, "POST": WRITE}
    template = "console/pages/service_accounts/detail.html"
    crumbs = CRUMBS

    def get(self, service_account_id: str) -> HttpResponse:
        """The account, its roles and teams."""
        account = queries.service_account(identifiers.read("svc", service_account_id))
        initial = {"label": account.label, "description": account.description}
        return self._page(account, forms.ChangedNamed(initial=initial))

    def post(self, service_account_id: str) -> HttpResponse:
        """Change it, unless somebody else changed it meanwhile."""
        account = queries.service_account(identifiers.read("svc", service_account_id))
        form = forms.ChangedNamed(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changes = {"label": values["label"], "description": values["description"], "expected_version": values["version"]}
            actions.change_service_account(account.id, **changes, actor=self.actor)
            return self.done("The changes are saved.", to=PAGE, at=service_account_id)
        return self._page(account, form)

    def _page(self, account: Any, form: forms.ChangedNamed) -> HttpResponse:
        context = {
            "title": account.label,
            "account": account,
            "form": form,
            "teams": queries.teams_of(account) if self.may(Permission.READ_TEAMS) else None,
            "may_see_keys": self.may(Permission.READ_KEYS),
            "may_write": self.may(WRITE),
        }
        return self.page(context, status=form.answer_status)


class ServiceAccountAttributes(FormPage):
    """What policies may ask of it."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS

    def get(self, service_account_id: str) -> HttpResponse:
        """The present ones."""
        account = queries.service_account(identifiers.read("svc", service_account_id))
        initial = {"attributes": forms.attribute_lines(account.attributes), "version": account.version}
        return self._page(account, forms.AttributesForm(initial=initial))

    def post(self, service_account_id: str) -> HttpResponse:
        """Exactly these."""
        account = queries.service_account(identifiers.read("svc", service_account_id))
        form = forms.AttributesForm(self.request.POST)
        with self.refusals(form):
            values = form.values()
            changes = {"attributes": values["attributes"], "expected_version": values["version"]}
            actions.change_service_account(account.id, **changes, actor=self.actor)
            return self.done("The attributes are saved.", to=PAGE, at=service_account_id)
        return self._page(account, form)

    def _page(self, account: Any, form: forms.AttributesForm) -> HttpResponse:
        return self.form(form, back=reverse(PAGE, args=[account.public_id]), title=f"Attributes of {account.label}")


class ServiceAccountSuspension(Confirm):
    """Stopping it until resumed."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Suspend"

    def get(self, service_account_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(service_account_id, forms.Reason())

    def post(self, service_account_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            account = identifiers.read("svc", service_account_id)
            actions.suspend_service_account(account, reason=form.values()["reason"], actor=self.actor)
            return self.done("Suspended. Its keys are refused.", to=PAGE, at=service_account_id)
        return self._page(service_account_id, form)

    def _page(self, service_account_id: str, form: forms.Reason) -> HttpResponse:
        account = queries.service_account(identifiers.read("svc", service_account_id))
        effects = [
            "Its keys are refused from the next request on.",
            "Invitations that it sent are withdrawn.",
            "It can be resumed.",
        ]
        back = reverse(PAGE, args=[service_account_id])
        return self.confirm(form, title=f"Suspend {account.label}?", consequences=effects, back=back)


class ServiceAccountResumption(Page):
    """Letting it work again."""

    access = {"POST": WRITE}

    def post(self, service_account_id: str) -> HttpResponse:
        """Do it."""
        actions.resume_service_account(identifiers.read("svc", service_account_id), actor=self.actor)
        return self.done("Resumed. Its keys work again.", to=PAGE, at=service_account_id)


class ServiceAccountDeactivation(Confirm):
    """Ending it."""

    access = {"GET": WRITE, "POST": WRITE}
    crumbs = CRUMBS
    verb = "Deactivate"

    def get(self, service_account_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(service_account_id, forms.Reason())

    def post(self, service_account_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Reason(self.request.POST)
        with self.refusals(form):
            account = identifiers.read("svc", service_account_id)
            actions.deactivate_service_account(account, reason=form.values()["reason"], actor=self.actor)
            return self.done("Deactivated. Its keys have ended.", to=PAGE, at=service_account_id)
        return self._page(service_account_id, form)

    def _page(self, service_account_id: str, form: forms.Reason) -> HttpResponse:
        account = queries.service_account(identifiers.read("svc", service_account_id))
        effects = [
            "Its keys are revoked from the next request on, and so are the keys that sign beside them.",
            "Invitations that it sent are withdrawn.",
            "What it did stays readable in the audit log.",
            "If it is resumed later, only the keys that end now come back; those revoked by hand do not.",
        ]
        back = reverse(PAGE, args=[service_account_id])
        return self.confirm(form, title=f"Deactivate {account.label}?", consequences=effects, back=back)
