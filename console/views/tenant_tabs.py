"""The further tabs of a tenant: settings, backups, operations, whereabouts."""

from typing import Any

from django.http import HttpResponse

from console import forms
from console.views.base import Page
from console.views.tenants import TenantPage
from operations import queries as operations
from operations.permissions import Permission as OperationPermission
from tenants import actions, queries
from tenants.permissions import Permission


class TenantSettings(TenantPage):
    """Plan, residency and settings; a POST changes the settings."""

    access = {"GET": Permission.READ_PLANS, "POST": Permission.WRITE_PLANS}
    template = "console/pages/tenants/settings.html"
    tab = "console.tenant-settings"

    def get(self, tenant_id: str) -> HttpResponse:
        """What holds, and where it comes from."""
        tenant = queries.tenant_named(tenant_id)
        return self._page(tenant, forms.TenantSettings(fallbacks=queries.setting_fallbacks(tenant), held=tenant.settings))

    def post(self, tenant_id: str) -> HttpResponse:
        """Change the settings; an empty field takes what the plan or the default says."""
        tenant = queries.tenant_named(tenant_id)
        form = forms.TenantSettings(self.request.POST, fallbacks=queries.setting_fallbacks(tenant))
        with self.refusals(form):
            form.values()
            actions.change_settings(tenant.id, settings=form.wanted_settings(), actor=self.actor)
            return self.done("Saved.", to="console.tenant-settings", at=tenant_id)
        return self._page(tenant, form)

    def _page(self, tenant: Any, form: forms.TenantSettings) -> HttpResponse:
        plans = [("", "No plan"), *((plan.code, plan.label) for plan in queries.plans())]
        context = {
            "form": form,
            "plan_form": forms.TenantPlan(initial={"plan": tenant.plan_id or ""}, plans=plans),
            "residency_form": forms.TenantResidency(initial={"jurisdiction": tenant.residency}),
            "may_write_plans": self.may(Permission.WRITE_PLANS),
            "may_write": self.may(Permission.WRITE_TENANTS),
        }
        return self.of(tenant, context, status=form.answer_status)


class TenantPlan(Page):
    """Putting a tenant on a plan."""

    access = {"POST": Permission.WRITE_PLANS}

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        plan = str(self.request.POST.get("plan", ""))
        actions.assign_plan(queries.tenant_named(tenant_id).id, plan=plan, actor=self.actor)
        return self.done("The plan is changed.", to="console.tenant-settings", at=tenant_id)


class TenantResidency(Page):
    """Saying where a tenant's data must stay."""

    access = {"POST": Permission.WRITE_TENANTS}

    def post(self, tenant_id: str) -> HttpResponse:
        """Do it."""
        jurisdiction = str(self.request.POST.get("jurisdiction", ""))
        actions.change_residency(queries.tenant_named(tenant_id).id, jurisdiction=jurisdiction, actor=self.actor)
        return self.done("The residency is changed.", to="console.tenant-settings", at=tenant_id)


class TenantBackups(TenantPage):
    """The copies of one tenant; a POST takes another."""

    access = {"GET": Permission.READ_BACKUPS, "POST": Permission.WRITE_BACKUPS}
    template = "console/pages/tenants/backups.html"
    tab = "console.tenant-backups"

    def get(self, tenant_id: str) -> HttpResponse:
        """One page of copies."""
        tenant = queries.tenant_named(tenant_id)
        filters = forms.BackupsQuery(self.request.GET).filters()
        page = self.listed(queries.backups(tenant_id=tenant.id, state=filters["state"], kind=filters["kind"]), filters=filters)
        context = {"page": page, "filters": filters, "form": forms.BackupsQuery, "may_write": self.may(Permission.WRITE_BACKUPS)}
        return self.of(tenant, context)

    def post(self, tenant_id: str) -> HttpResponse:
        """Begin a copy."""
        operation = actions.back_up_tenant(queries.tenant_named(tenant_id).id, actor=self.actor)
        return self.done("It is being copied while it works.", to="console.operation", at=operation.public_id)


class TenantOperations(TenantPage):
    """Long work about one tenant."""

    access = {"GET": OperationPermission.READ}
    template = "console/pages/tenants/operations.html"
    tab = "console.tenant-operations"

    def get(self, tenant_id: str) -> HttpResponse:
        """One page of operations."""
        tenant = queries.tenant_named(tenant_id)
        filters = forms.OperationsQuery(self.request.GET).filters()
        page = self.listed(operations.operations(q=tenant.public_id, state=filters["state"]), filters=filters)
        return self.of(tenant, {"page": page, "filters": filters, "states": forms.OperationsQuery.STATES})


class TenantWhereabouts(TenantPage):
    """Every place where something of a tenant lies, asked now."""

    access = {"GET": Permission.READ_TENANTS}
    template = "console/pages/tenants/where.html"
    tab = "console.tenant-where"

    def get(self, tenant_id: str) -> HttpResponse:
        """Ask all of them; takes five seconds at most."""
        tenant = queries.tenant_named(tenant_id)
        return self.of(tenant, {"found": actions.locate_tenant(tenant.id, actor=self.actor)})
