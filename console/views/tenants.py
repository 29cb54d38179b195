"""Tenants, for the operator: the list, and one tenant with its tabs."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse

from audit import queries as audit
from audit.permissions import Permission as AuditPermission
from console import forms, tabs
from console.views.base import ACTIVITY_SHOWN, Confirm, Page
from operations import queries as operations
from operations.permissions import Permission as OperationPermission
from tenants import actions, queries
from tenants.permissions import Permission

CRUMBS = (("Tenants", "console.tenants"),)
TABS = (
    ("Overview", "console.tenant", Permission.READ_TENANTS),
    ("Domains", "console.tenant-domains", Permission.READ_DOMAINS),
    ("Settings", "console.tenant-settings", Permission.READ_PLANS),
    ("Backups", "console.tenant-backups", Permission.READ_BACKUPS),
    ("Operations", "console.tenant-operations", OperationPermission.READ),
    ("Whereabouts", "console.tenant-where", Permission.READ_TENANTS),
)


class Tenants(Page):
    """The list; ticked rows can be changed together."""

    access = {"GET": Permission.READ_TENANTS}
    template = "console/pages/tenants/list.html"
    title = "Tenants"

    def get(self) -> HttpResponse:
        """One page of tenants."""
        filters = forms.TenantsQuery(self.request.GET).filters()
        wanted = {name: filters[name] for name in ("q", "state", "cell", "plan")}
        page = self.listed(queries.tenants(**wanted), filters=filters)
        context = {"page": page, "filters": filters, "states": forms.TenantsQuery.STATES, "bulk": self._bulk()}
        context |= {"cells": [("", "Any cell"), *((cell.name, cell.name) for cell in queries.cells())]}
        context |= {"plans": [("", "Any plan"), *((plan.code, plan.label) for plan in queries.plans())]}
        return self.page(context | {"may_write": self.may(Permission.WRITE_TENANTS), "is_filtered": any(filters.values())})

    def _bulk(self) -> list[tuple[str, str]]:
        """What the person may do with many tenants: value and words."""
        return [(action, words) for action, words, permission in forms.BULK_ACTIONS if self.may(permission)]


class TenantPage(Page):
    """One tab of one tenant; `tab` is its URL name."""

    crumbs = CRUMBS
    tab: ClassVar[str] = ""

    def of(self, tenant: Any, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """The tab with what surrounds it: the tenant's head, its notice, the tabs that the person may see."""
        places = [(label, name) for label, name, permission in TABS if self.may(permission)]
        head = {
            "title": tenant.name or tenant.slug,
            "subject": tenant,
            "tabs": tabs.of(places, at=tenant.public_id, present=self.tab),
            "address": self._address(tenant),
            "operation": self._operation(tenant),
        }
        return self.page(head | context, status=status)

    def _operation(self, tenant: Any) -> Any:
        """The newest operation about the tenant, where the person may see operations."""
        may_see = self.may(OperationPermission.READ)
        return operations.operations(q=tenant.public_id).order_by("-id").first() if may_see else None

    def _address(self, tenant: Any) -> str:
        _, colon, port = self.request.get_host().partition(":")
        return f"{self.request.scheme}://{tenant.host}{colon}{port}/" if tenant.host else ""


class Tenant(TenantPage):
    """What it is, where it is, what was done with it last, and what can be done."""

    access = {"GET": Permission.READ_TENANTS}
    template = "console/pages/tenants/detail.html"
    tab = "console.tenant"

    def get(self, tenant_id: str) -> HttpResponse:
        """The overview."""
        tenant = queries.tenant_named(tenant_id)
        context: dict[str, Any] = {"region": tenant.cell.region, "rights": self._rights()}
        if self.may(AuditPermission.READ_ENTRIES):
            context["entries"] = audit.entries(subject=tenant.public_id).order_by("-id")[:ACTIVITY_SHOWN]
        return self.of(tenant, context)

    def _rights(self) -> dict[str, bool]:
        return {
            "write": self.may(Permission.WRITE_TENANTS),
            "suspend": self.may(Permission.SUSPEND_TENANTS),
            "move": self.may(Permission.MOVE_TENANTS),
            "archive": self.may(Permission.ARCHIVE_TENANTS),
            "delete": self.may(Permission.DELETE_TENANTS),
        }


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
