"""Tenants over HTTP."""

import hashlib

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel import tenancy
from kernel.api import idempotency
from kernel.api.access import SIGNED_IN
from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.domain_examples import DOMAIN
from tenants.api.views.parts import answered, given, tenant_id
from tenants.permissions import Permission

TENANT = {
    "id": "ten_06f0kt8m1wfvx5r2c9h3qjz4ab",
    "slug": "acme",
    "name": "Acme Corporation",
    "host": "acme.example.net",
    "cell": "cell-1",
    "plan": "standard",
    "residency": "EU",
    "state": "active",
    "state_reason": "",
    "state_since": "2026-01-31T12:00:00.000000Z",
    "previous_state": "",
    "delete_after": None,
    "version": 2,
    "created_at": "2026-01-31T11:59:52.000000Z",
}
NEW_TENANT = {"slug": "acme", "name": "Acme Corporation", "owner_email": "ada@acme.example.com", "owner_name": "Ada Lovelace"}
OPERATION = "op_06f0kt8m1wfvx5r2c9h3qjz4ad"


class Tenants(View):
    """All tenants."""

    access = {"GET": Permission.READ_TENANTS, "POST": Permission.WRITE_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="List tenants",
        parameters=[shapes.TenantQuery],
        responses=page_of(shapes.RegisteredTenantOut),
        examples=[answered("A page", {"data": [TENANT], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Tenants, newest first."""
        query = self.query(shapes.TenantQuery)
        filters = {name: query[name] for name in ("q", "state", "cell", "region", "plan", "residency")}
        return self.page(queries.tenants(**filters), query=query, shape=documents.of_tenant)

    @extend_schema(
        tags=["Tenants"],
        summary="Make a tenant",
        request=shapes.TenantIn,
        responses={201: shapes.RequestedOut, 202: shapes.RequestedOut},
        examples=[
            given("A tenant", NEW_TENANT),
            given("On a plan, in the EU", {**NEW_TENANT, "plan": "business", "residency": "EU"}),
            answered("Open", {**TENANT, "operation": OPERATION}, status=201),
            answered("Being made", {**TENANT, "state": "provisioning", "version": 1, "operation": OPERATION}, status=202),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for a tenant. 201: it got a place that was ready, and is open. 202: its place is being built.

        Either way the answer names the operation, whose result carries the owner's invitation. With an Idempotency-Key the same request gets the
        same tenant, also when the first answer was lost.
        """
        wish = self.parse(shapes.TenantIn)
        terms = actions.Terms(plan=wish.pop("plan"), residency=wish.pop("residency"), request=self._request_digest())
        requested = actions.create_tenant(**wish, terms=terms, actor=self.actor)
        document = {**documents.of_tenant(requested.tenant), "operation": requested.operation.public_id}
        is_open = requested.is_open
        location = f"/v1/tenants/{requested.tenant.public_id}" if is_open else f"/v1/operations/{requested.operation.public_id}"
        return self.answer(document, status=201 if is_open else 202, version=requested.tenant.version, location=location)

    def _request_digest(self) -> str:
        """What this request and its repetitions have in common; empty without an Idempotency-Key."""
        key = self.request._request.META.get(idempotency.HEADER, "")
        return hashlib.sha256(f"{self.actor.id}\0{key}".encode()).hexdigest() if key else ""


class OneTenant(View):
    """One tenant."""

    access = {"GET": Permission.READ_TENANTS, "PATCH": Permission.WRITE_TENANTS}

    @extend_schema(
        tags=["Tenants"], summary="Read a tenant", responses=shapes.RegisteredTenantOut, examples=[answered("A tenant", TENANT)]
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """One tenant, with its ETag."""
        found = queries.tenant(tenant_id(tenant))
        return self.answer(documents.of_tenant(found), version=found.version)

    @extend_schema(
        tags=["Tenants"],
        summary="Rename a tenant",
        request=shapes.TenantChange,
        responses=shapes.RegisteredTenantOut,
        examples=[
            given("Another slug", {"slug": "acme-group"}),
            answered("Renamed", {**TENANT, "slug": "acme-group", "version": 3}),
        ],
    )
    def patch(self, request: Request, tenant: str) -> HttpResponse:
        """Change the slug, the name or both. With the slug the platform address moves; the old one stops answering."""
        change = self.parse(shapes.TenantChange)
        found = actions.rename_tenant(
            tenant_id(tenant),
            slug=change.get("slug"),
            name=change.get("name"),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_tenant(found), version=found.version)


class Suspension(View):
    """A tenant's suspension: there, or not."""

    access = {"PUT": Permission.SUSPEND_TENANTS, "DELETE": Permission.SUSPEND_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Suspend a tenant",
        request=shapes.SuspensionIn,
        responses=shapes.RegisteredTenantOut,
        examples=[
            given("Unpaid", {"reason": "The invoice of January is not paid."}),
            answered(
                "Suspended", {**TENANT, "state": "suspended", "state_reason": "The invoice of January is not paid.", "version": 3}
            ),
        ],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Shut a tenant off from its next request on. Its data stays; its people see the reason."""
        reason = self.parse(shapes.SuspensionIn)["reason"]
        found = actions.suspend_tenant(tenant_id(tenant), reason=reason, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_tenant(found), version=found.version)

    @extend_schema(
        tags=["Tenants"],
        summary="Resume a tenant",
        responses=shapes.RegisteredTenantOut,
        examples=[answered("Resumed", {**TENANT, "version": 4})],
    )
    def delete(self, request: Request, tenant: str) -> HttpResponse:
        """Let a suspended tenant answer again."""
        found = actions.resume_tenant(tenant_id(tenant), expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_tenant(found), version=found.version)


class CurrentTenant(View):
    """The tenant of this address."""

    access = {"GET": SIGNED_IN}

    @extend_schema(
        tags=["Tenants"],
        summary="Read the current tenant",
        responses=shapes.CurrentOut,
        examples=[answered("Here", {**TENANT, "domains": [DOMAIN]})],
    )
    def get(self, request: Request) -> HttpResponse:
        """The tenant that answers here, or that X-Tenant-ID names, with its domains."""
        found = queries.tenant(tenancy.current().id)
        domains = [documents.of_domain(domain) for domain in queries.answering_domains(found.id)]
        return self.answer({**documents.of_tenant(found), "domains": domains}, version=found.version)
