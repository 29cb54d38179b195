"""Where a tenant is and where it may be, over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.views import View
from tenants import actions, documents
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.permissions import Permission
from tenants.whereabouts import report

PLACE = {
    "kind": "schema",
    "where": "eu-1",
    "region": "eu",
    "jurisdiction": "EU",
    "state": "ok",
    "evidence": {"schema": "t_0198f3c2a7d17c1e9b0e3a5d7c9f1b2d", "exists": True, "tables": 25, "bytes": 1310720},
}


class Whereabouts(View):
    """Every place where something of a tenant lies."""

    access = {"GET": Permission.READ_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Find out where a tenant is",
        responses=shapes.WhereaboutsOut,
        examples=[
            answered(
                "In one place",
                {
                    "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4ab",
                    "slug": "acme",
                    "residency": "EU",
                    "state": "ok",
                    "is_complete": True,
                    "places": [PLACE],
                    "asked_at": "2026-01-31T12:00:00.000000Z",
                },
            )
        ],
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """Ask every cell, every folder of copies, the registry, its copies and Redis, now. `is_complete` is false when somebody was silent."""
        return self.answer(report.document(actions.locate_tenant(tenant_id(tenant), actor=self.actor)))


class Residency(View):
    """Where a tenant's data must stay."""

    access = {"PUT": Permission.WRITE_TENANTS, "DELETE": Permission.WRITE_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Bind a tenant to a jurisdiction",
        request=shapes.ResidencyIn,
        responses=shapes.RegisteredTenantOut,
        examples=[given("In the EU", {"jurisdiction": "EU"})],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Say in which jurisdiction the data must stay. Refused while the tenant or a copy of it lies elsewhere."""
        return self._changed(tenant, jurisdiction=self.parse(shapes.ResidencyIn)["jurisdiction"])

    @extend_schema(tags=["Tenants"], summary="Let a tenant lie anywhere", responses=shapes.RegisteredTenantOut)
    def delete(self, request: Request, tenant: str) -> HttpResponse:
        """Let the tenant's data lie anywhere."""
        return self._changed(tenant, jurisdiction="")

    def _changed(self, tenant: str, *, jurisdiction: str) -> HttpResponse:
        found = actions.change_residency(
            tenant_id(tenant), jurisdiction=jurisdiction, expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(documents.of_tenant(found), version=found.version)
