"""Hosts over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import PageQuery, View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.models import Domain
from tenants.permissions import Permission
from tenants.problems import DomainNotFound

DOMAIN = {
    "id": "dom_06f0kt8m1wfvx5r2c9h3qjz4ac",
    "host": "id.acme.example.com",
    "kind": "custom",
    "is_primary": False,
    "version": 1,
    "created_at": "2026-01-31T12:05:00.000000Z",
}


class Domains(View):
    """The hosts of a tenant."""

    access = {"GET": Permission.READ_DOMAINS, "POST": Permission.WRITE_DOMAINS}

    @extend_schema(
        tags=["Domains"],
        summary="List a tenant's domains",
        parameters=[PageQuery],
        responses=page_of(shapes.DomainOut),
        examples=[answered("A page", {"data": [DOMAIN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """The hosts that a tenant answers at, newest first."""
        found = queries.tenant(tenant_id(tenant))
        return self.page(queries.domains(found.id), query=self.query(), shape=documents.of_domain)

    @extend_schema(
        tags=["Domains"],
        summary="Add a domain",
        request=shapes.DomainIn,
        responses={201: shapes.DomainOut},
        examples=[given("A host", {"host": "id.acme.example.com"}), answered("Added", DOMAIN, status=201)],
    )
    def post(self, request: Request, tenant: str) -> HttpResponse:
        """Let the tenant answer at one more host. Ownership of the name is not proven yet; a host belongs to one tenant at most."""
        domain = actions.add_domain(tenant_id(tenant), host=self.parse(shapes.DomainIn)["host"], actor=self.actor)
        location = f"/v1/tenants/{tenant}/domains/{domain.public_id}"
        return self.answer(documents.of_domain(domain), status=201, version=domain.version, location=location)


class OneDomain(View):
    """One host of a tenant."""

    access = {"GET": Permission.READ_DOMAINS, "DELETE": Permission.WRITE_DOMAINS}

    @extend_schema(tags=["Domains"], summary="Read a domain", responses=shapes.DomainOut, examples=[answered("A domain", DOMAIN)])
    def get(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """One host, with its ETag."""
        found = domain_of(tenant, domain)
        return self.answer(documents.of_domain(found), version=found.version)

    @extend_schema(tags=["Domains"], summary="Remove a domain", responses={204: None})
    def delete(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Let the tenant no longer answer at the host. Its platform address cannot be removed."""
        actions.remove_domain(domain_of(tenant, domain).id, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


def domain_of(tenant: str, domain: str) -> Domain:
    """One domain by the ids in a path. Raises TenantNotFound, DomainNotFound, also when it is another tenant's."""
    owner = queries.tenant(tenant_id(tenant))
    try:
        found = queries.domain(ids.parse("dom", domain))
    except ValueError as fault:
        raise DomainNotFound("Domains are named by their id here, such as dom_… in the tenant's list.") from fault
    if found.tenant_id != owner.id:
        raise DomainNotFound("This tenant has no such domain.")
    return found
