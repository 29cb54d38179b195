"""What is set for one tenant, over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.models import Tenant
from tenants.permissions import Permission

GRACE = {
    "name": "deletion_grace_days",
    "value": 60,
    "source": "tenant",
    "default": 30,
    "type": "integer",
    "minimum": 0,
    "maximum": 366,
    "help": "Days between asking for a tenant's deletion and its erasure, in which the deletion can be undone.",
}
SETTINGS = {"plan": "business", "settings": [GRACE]}


class _OfTenant(View):
    """What the views of one tenant's settings share."""

    def _shown(self, tenant: Tenant) -> HttpResponse:
        return self.answer(documents.of_settings(tenant), version=tenant.version)


class Settings(_OfTenant):
    """The settings of a tenant."""

    access = {"GET": Permission.READ_PLANS, "PATCH": Permission.WRITE_PLANS}

    @extend_schema(
        tags=["Plans"], summary="Read a tenant's settings", responses=shapes.SettingsOut, examples=[answered("Settings", SETTINGS)]
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """Every setting with the value that holds: the tenant's own, its plan's, or the default. The ETag is the tenant's."""
        return self._shown(queries.tenant(tenant_id(tenant)))

    @extend_schema(
        tags=["Plans"],
        summary="Change a tenant's settings",
        request=shapes.SettingsChange,
        responses=shapes.SettingsOut,
        examples=[given("A longer grace", {"settings": {"deletion_grace_days": 60}}), answered("Settings", SETTINGS)],
    )
    def patch(self, request: Request, tenant: str) -> HttpResponse:
        """Set some settings for this tenant alone; null takes one back to what the plan or the default says."""
        change = self.parse(shapes.SettingsChange)
        found = actions.change_settings(
            tenant_id(tenant),
            settings=change.get("settings", {}),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self._shown(found)


class PlanOfTenant(_OfTenant):
    """The plan that a tenant is on: there, or not."""

    access = {"PUT": Permission.WRITE_PLANS, "DELETE": Permission.WRITE_PLANS}

    @extend_schema(
        tags=["Plans"],
        summary="Put a tenant on a plan",
        request=shapes.PlanOfTenantIn,
        responses=shapes.SettingsOut,
        examples=[given("A plan", {"plan": "business"}), answered("Settings", SETTINGS)],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Put the tenant on a plan. Its settings hold at once; the tenant stays in its cell."""
        return self._assigned(tenant, plan=self.parse(shapes.PlanOfTenantIn)["plan"])

    @extend_schema(tags=["Plans"], summary="Take a tenant off its plan", responses=shapes.SettingsOut)
    def delete(self, request: Request, tenant: str) -> HttpResponse:
        """Put the tenant on no plan: what it has not set itself has its default."""
        return self._assigned(tenant, plan="")

    def _assigned(self, tenant: str, *, plan: str) -> HttpResponse:
        found = actions.assign_plan(tenant_id(tenant), plan=plan, expected_version=self.expected_version(), actor=self.actor)
        return self._shown(found)
