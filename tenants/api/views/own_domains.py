"""The current tenant's own hosts over HTTP, for its own people and keys."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel import tenancy
from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.domain_examples import ACTIVE, CLAIM, CLAIMED, REDIRECTING
from tenants.api.views.domain_examples import PRIMARY as PRIMARY_DOMAIN
from tenants.api.views.parts import answered, domain_id, given
from tenants.models import Domain
from tenants.permissions import Permission
from tenants.problems import DomainNotFound

READ, WRITE = Permission.READ_OWN_DOMAINS, Permission.WRITE_OWN_DOMAINS
TAGS = ["Own domains"]


class OwnDomains(View):
    """The hosts of the current tenant."""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="List one's own domains",
        parameters=[shapes.DomainQuery],
        responses=page_of(shapes.DomainOut),
        examples=[answered("A page", {"data": [CLAIMED], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """The hosts that this tenant answers at, has claimed or has given back, newest first."""
        query = self.query(shapes.DomainQuery)
        rows = queries.domains(tenancy.current().id, q=query["q"], state=query["state"])
        return self.page(rows, query=query, shape=documents.of_domain)

    @extend_schema(
        tags=TAGS,
        summary="Claim a domain",
        request=shapes.DomainIn,
        responses={201: shapes.DomainOut},
        examples=[given("A host", CLAIM), answered("Claimed", CLAIMED, status=201)],
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for one more host. `records` says what to put into DNS; once it is there, `verification` makes this tenant answer there."""
        domain = actions.claim_domain(tenancy.current().id, host=self.parse(shapes.DomainIn)["host"], actor=self.actor)
        location = f"/v1/domains/{domain.public_id}"
        return self.answer(documents.of_domain(domain), status=201, version=domain.version, location=location)


class OneOwnDomain(View):
    """One host of the current tenant."""

    access = {"GET": READ, "DELETE": WRITE}

    @extend_schema(tags=TAGS, summary="Read one's own domain", responses=shapes.DomainOut, examples=[answered("A domain", ACTIVE)])
    def get(self, request: Request, domain_id: str) -> HttpResponse:
        """One host, with its ETag."""
        found = own(domain_id)
        return self.answer(documents.of_domain(found), version=found.version)

    @extend_schema(tags=TAGS, summary="Give one's own domain back", responses={204: None})
    def delete(self, request: Request, domain_id: str) -> HttpResponse:
        """No longer answer at the host. Nobody else gets it for 30 days; take its records out of DNS before."""
        actions.release_domain(own(domain_id).id, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class OwnVerification(View):
    """The proof that a host is this tenant's."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="Verify one's own domain",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Proven", ACTIVE)],
    )
    def put(self, request: Request, domain_id: str) -> HttpResponse:
        """Look at DNS now. If the host is proven, the tenant answers there; if not, the refusal says what was found."""
        found = actions.verify_domain(own(domain_id).id, actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class OwnCheck(View):
    """A look at DNS."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="Check one's own domain",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Not proven yet", CLAIMED)],
    )
    def put(self, request: Request, domain_id: str) -> HttpResponse:
        """Look at DNS now and answer with what was found, whatever it is. A claim that is proven becomes active by it."""
        found = actions.check_domain(own(domain_id).id, actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class OwnPrimary(View):
    """The host that is shown and linked to."""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="Make one's own domain primary",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Primary", PRIMARY_DOMAIN)],
    )
    def put(self, request: Request, domain_id: str) -> HttpResponse:
        """Show and link to this host from now on. If it redirected, it answers by itself now."""
        found = actions.make_primary(own(domain_id).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


class OwnRedirect(View):
    """A host's redirect to the primary one: there, or not."""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="Redirect one's own domain to the primary one",
        request=None,
        responses=shapes.DomainOut,
        examples=[answered("Redirecting", REDIRECTING)],
    )
    def put(self, request: Request, domain_id: str) -> HttpResponse:
        """Send people who come to this host on to the primary one. The API goes on answering here."""
        found = actions.start_redirect(own(domain_id).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)

    @extend_schema(
        tags=TAGS,
        summary="Stop redirecting one's own domain",
        responses=shapes.DomainOut,
        examples=[answered("Answering by itself", ACTIVE)],
    )
    def delete(self, request: Request, domain_id: str) -> HttpResponse:
        """Let the host answer by itself again."""
        found = actions.stop_redirect(own(domain_id).id, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_domain(found), version=found.version)


def own(shown: str) -> Domain:
    """A domain of the current tenant by the id in a path. Raises DomainNotFound, also when it is another tenant's."""
    found = queries.domain(domain_id(shown))
    if found.tenant_id != tenancy.current().id:
        raise DomainNotFound("This tenant has no such domain.")
    return found
