"""Tenants, for the operator: list, detail, rename, suspend, resume, domains."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import forms, identifiers
from console.views.base import ACTIVITY_SHOWN, Confirm, Page
from operations import queries as operations
from operations.permissions import Permission as OperationPermission
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Tenants", "console.tenants"),)


class Tenants(Page):
    """The list."""

    access = {"GET": Permission.READ_TENANTS}
    template = "console/pages/tenants/list.html"
    title = "Tenants"

    def get(self) -> HttpResponse:
        """One page of tenants."""
        filters = forms.TenantsQuery(self.request.GET).filters()
        page = self.listed(queries.tenants(q=filters["q"], state=filters["state"]), filters=filters)
        may_write = self.may(Permission.WRITE_TENANTS)
        return self.page({"page": page, "filters": filters, "states": forms.TenantsQuery.STATES, "may_write": may_write})


class Tenant(Page):
    """One tenant; a POST adds a domain."""

    access = {"GET": Permission.READ_TENANTS, "POST": Permission.WRITE_DOMAINS}
    template = "console/pages/tenants/detail.html"
    crumbs = CRUMBS

    def get(self, tenant_id: str) -> HttpResponse:
        """The tenant, its hosts and what was done with it last."""
        return self._page(tenant_id, forms.NewDomain())

    def post(self, tenant_id: str) -> HttpResponse:
        """Let it answer at one more host."""
        form = forms.NewDomain(self.request.POST)
        with self.refusals(form):
            domain = actions.add_domain(queries.tenant_named(tenant_id).id, host=form.values()["host"], actor=self.actor)
            return self.done(f"{domain.host} is added. Point its DNS to this installation.", to="console.tenant", at=tenant_id)
        return self._page(tenant_id, form)

    def _page(self, tenant_id: str, form: forms.NewDomain) -> HttpResponse:
        tenant = queries.tenant_named(tenant_id)
        context = {"title": tenant.name, "subject": tenant, "form": form, "domains": queries.domains(tenant.id)}
        context |= {"address": self._address(tenant.id), "operation": self._operation(tenant.public_id), **self._rights()}
        if self.may(AuditPermission.READ_ENTRIES):
            context["entries"] = audit.entries(subject=tenant.public_id).order_by("-id")[:ACTIVITY_SHOWN]
        return self.page(context, status=form.answer_status)

    def _rights(self) -> dict[str, bool]:
        return {
            "may_write": self.may(Permission.WRITE_TENANTS),
            "may_suspend": self.may(Permission.SUSPEND_TENANTS),
            "may_write_domains": self.may(Permission.WRITE_DOMAINS),
        }

    def _operation(self, public_id: str) -> Any:
        """The newest operation about the tenant, where the person may see operations."""
        may_see = self.may(OperationPermission.READ)
        return operations.operations(q=public_id).order_by("-id").first() if may_see else None

    def _address(self, tenant_id: UUID) -> str:
        _, colon, port = self.request.get_host().partition(":")
        return f"{self.request.scheme}://{queries.primary_host(tenant_id)}{colon}{port}/"


class TenantName(Confirm):
    """Another name, another slug, and with it another address."""

    access = {"GET": Permission.WRITE_TENANTS, "POST": Permission.WRITE_TENANTS}
    crumbs = CRUMBS
    verb = "Rename"
    tone = "primary"

    def get(self, tenant_id: str) -> HttpResponse:
        """What will happen."""
        tenant = queries.tenant_named(tenant_id)
        return self._page(tenant_id, forms.TenantNames(initial={"name": tenant.name, "slug": tenant.slug}))

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        form = forms.TenantNames(self.request.POST)
        with self.refusals(form):
            values = form.values()
            actions.rename_tenant(queries.tenant_named(tenant_id).id, slug=values["slug"], name=values["name"], actor=self.actor)
            return self.done("Renamed.", to="console.tenant", at=tenant_id)
        return self._page(tenant_id, form)

    def _page(self, tenant_id: str, form: forms.TenantNames) -> HttpResponse:
        tenant = queries.tenant_named(tenant_id)
        effects = [
            f"With another slug, the address {tenant.slug}.… stops answering and the new one answers at once.",
            "Everybody signs in again at the new address.",
            "Schema, people, keys and the trail stay as they are.",
        ]
        return self.confirm(
            form, title=f"Rename {tenant.name}", consequences=effects, back=reverse("console.tenant", args=[tenant_id])
        )


class TenantSuspension(Confirm):
    """Shutting a tenant off."""

    access = {"GET": Permission.SUSPEND_TENANTS, "POST": Permission.SUSPEND_TENANTS}
    crumbs = CRUMBS
    verb = "Suspend"

    def get(self, tenant_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(tenant_id, forms.ShownReason())

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        form = forms.ShownReason(self.request.POST)
        with self.refusals(form):
            actions.suspend_tenant(queries.tenant_named(tenant_id).id, reason=form.values()["reason"], actor=self.actor)
            return self.done("Suspended. It answers nobody until it is resumed.", to="console.tenant", at=tenant_id)
        return self._page(tenant_id, form)

    def _page(self, tenant_id: str, form: forms.ShownReason) -> HttpResponse:
        tenant = queries.tenant_named(tenant_id)
        effects = [
            "Its pages and its API answer 403 from the next request on, with your reason.",
            "Its background jobs wait.",
            "No data is deleted. Resuming takes one click.",
        ]
        return self.confirm(
            form, title=f"Suspend {tenant.name}?", consequences=effects, back=reverse("console.tenant", args=[tenant_id])
        )


class TenantResumption(Page):
    """Letting a suspended tenant answer again."""

    access = {"POST": Permission.SUSPEND_TENANTS}

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        actions.resume_tenant(queries.tenant_named(tenant_id).id, actor=self.actor)
        return self.done("Resumed. It answers again.", to="console.tenant", at=tenant_id)


class DomainRemoval(Confirm):
    """The end of a host."""

    access = {"GET": Permission.WRITE_DOMAINS, "POST": Permission.WRITE_DOMAINS}
    crumbs = CRUMBS
    verb = "Remove"

    def get(self, tenant_id: str, domain_id: str) -> HttpResponse:
        """What will happen."""
        return self._page(tenant_id, domain_id, forms.Confirmation())

    def post(self, tenant_id: str, domain_id: str) -> HttpResponse:
        """Do it."""
        form = forms.Confirmation(self.request.POST)
        with self.refusals(form):
            actions.remove_domain(identifiers.read("dom", domain_id), actor=self.actor)
            return self.done("The domain is removed.", to="console.tenant", at=tenant_id)
        return self._page(tenant_id, domain_id, form)

    def _page(self, tenant_id: str, domain_id: str, form: forms.Confirmation) -> HttpResponse:
        domain = queries.domain(identifiers.read("dom", domain_id))
        effects = [
            f"{domain.host} answers “no tenant here” at once.",
            "The tenant stays reachable at its other addresses.",
            "Whoever bookmarked this host, or calls the API there, must change.",
        ]
        return self.confirm(
            form, title=f"Remove {domain.host}?", consequences=effects, back=reverse("console.tenant", args=[tenant_id])
        )
