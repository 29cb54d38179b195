"""Hosts of all tenants over HTTP, for the operator."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.domain_examples import ACTIVE, CLAIM, CLAIMED, REASON, REDIRECTING, TRUSTED
from tenants.api.views.domain_examples import PRIMARY as PRIMARY_DOMAIN
from tenants.api.views.parts import answered, domain_id, given, tenant_id
from tenants.models import Domain
from tenants.permissions import Permission
from tenants.problems import DomainNotFound

READ, WRITE = Permission.READ_DOMAINS, Permission.WRITE_DOMAINS


class AllDomains(View):
    """The hosts of all tenants."""

    access = {"GET": READ}

    @extend_schema(
        tags=["Domains"],
        summary="List the hosts of all tenants",
        parameters=[shapes.DomainQuery],
        responses=page_of(shapes.OwnedDomainOut),
        examples=[
            answered(
                "A page",
                {
                    "data": [{**ACTIVE, "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4ab", "tenant_slug": "acme"}],
                    "has_more": False,
                    "next_cursor": None,
                },
            )
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Hosts with their tenants, newest first; `q` is part of a host, of a slug or of a tenant's name."""
        query = self.query(shapes.DomainQuery)
        rows = queries.all_domains(q=query["q"], state=query["state"])
        return self.page(rows, query=query, shape=documents.of_owned_domain)


class Domains(View):
    """The hosts of a tenant."""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="List a tenant's domains",
        parameters=[shapes.DomainQuery],
        responses=page_of(shapes.DomainOut),
        examples=[answered("A page", {"data": [CLAIMED], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request, tenant: str) -> HttpResponse:
        """The hosts that a tenant answers at, has claimed or has given back, newest first."""
        found, query = queries.tenant(tenant_id(tenant)), self.query(shapes.DomainQuery)
        rows = queries.domains(found.id, q=query["q"], state=query["state"])
        return self.page(rows, query=query, shape=documents.of_domain)

    @extend_schema(
        tags=["Domains"],
        summary="Claim a domain for a tenant",
        request=shapes.DomainIn,
        responses={201: shapes.DomainOut},
        examples=[given("A host", CLAIM), answered("Claimed", CLAIMED, status=201)],
    )
    def post(self, request: Request, tenant: str) -> HttpResponse:
        """Ask for one more host. `records` says what must stand in DNS; once it does, `verification` makes the tenant answer there."""
        domain = actions.claim_domain(tenant_id(tenant), host=self.parse(shapes.DomainIn)["host"], actor=self.actor)
        location = f"/v1/tenants/{tenant}/domains/{domain.public_id}"
        return self.answer(documents.of_domain(domain), status=201, version=domain.version, location=location)


class OneDomain(View):
    """One host of a tenant."""

    access = {"GET": READ, "DELETE": WRITE}

    @extend_schema(tags=["Domains"], summary="Read a domain", responses=shapes.DomainOut, examples=[answered("A domain", ACTIVE)])
    def get(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """One host, with its ETag."""
        found = domain_of(tenant, domain)
        return self.answer(documents.of_domain(found), version=found.version)

    @extend_schema(tags=["Domains"], summary="Give a domain back", responses={204: None})
    def delete(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Let the tenant no longer answer at the host, which is kept from others for 30 days. Its platform address stays."""
        actions.release_domain(domain_of(tenant, domain).id, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class Verification(View):
    """The proof that a host is the tenant's."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="Verify a domain",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Proven", ACTIVE)],
    )
    def put(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Look at DNS now. If the host is proven, the tenant answers there; if not, the refusal says what was found."""
        found = actions.verify_domain(domain_of(tenant, domain).id, actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class Check(View):
    """A look at DNS."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="Check a domain",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Not proven yet", CLAIMED)],
    )
    def put(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Look at DNS now and answer with what was found, whatever it is. A claim that is proven becomes active by it."""
        found = actions.check_domain(domain_of(tenant, domain).id, actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class Trust(View):
    """An operator's word in the place of DNS."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="Vouch for a domain",
        request=shapes.DomainReasonIn,
        responses=shapes.DomainOut,
        examples=[given("A host of an inner network", REASON), answered("Trusted", TRUSTED)],
    )
    def put(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Let the tenant answer at a claimed host without asking DNS, now or later. The reason stands in both trails."""
        reason = self.parse(shapes.DomainReasonIn)["reason"]
        target, version = domain_of(tenant, domain).id, self.expected_version()
        found = actions.trust_domain(target, reason=reason, expected_version=version, actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class Primary(View):
    """The host that is shown and linked to."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="Make a domain primary",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Primary", PRIMARY_DOMAIN)],
    )
    def put(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Show and link to this host from now on. If it redirected, it answers by itself now."""
        found = actions.make_primary(domain_of(tenant, domain).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class Redirect(View):
    """A host's redirect to the primary one: there, or not."""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="Redirect a domain to the primary one",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Redirecting", REDIRECTING)],
    )
    def put(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Send people who come to this host on to the primary one. The API goes on answering here."""
        found = actions.start_redirect(domain_of(tenant, domain).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)

    @extend_schema(
        tags=["Domains"],
        summary="Stop redirecting a domain",
        responses=shapes.DomainOut,
        examples=[answered("Answering by itself", ACTIVE)],
    )
    def delete(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Let the host answer by itself again."""
        found = actions.stop_redirect(domain_of(tenant, domain).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class Quarantine(View):
    """The time in which nobody else gets a host that was given back."""

    access = {"DELETE": WRITE}

    @extend_schema(
        tags=["Domains"],
        summary="End a domain's quarantine",
        parameters=[shapes.QuarantineQuery],
        responses={204: None},
    )
    def delete(self, request: Request, tenant: str, domain: str) -> HttpResponse:
        """Let everybody claim the host again before its 30 days are over."""
        reason = self.query(shapes.QuarantineQuery)["reason"]
        target, version = domain_of(tenant, domain).id, self.expected_version()
        actions.end_quarantine(target, reason=reason, expected_version=version, actor=self.actor)
        return self.no_content()


def domain_of(tenant: str, domain: str) -> Domain:
    """One domain by the ids in a path. Raises TenantNotFound, DomainNotFound, also when it is another tenant's."""
    owner = queries.tenant(tenant_id(tenant))
    found = queries.domain(domain_id(domain))
    if found.tenant_id != owner.id:
        raise DomainNotFound("This tenant has no such domain.")
    return found
