"""Doors of service accounts."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

SERVICE_ACCOUNTS = ["Service accounts"]
READ, WRITE = Permission.READ_SERVICE_ACCOUNTS, Permission.WRITE_SERVICE_ACCOUNTS

ACCOUNT_EXAMPLE = OpenApiExample(
    "A deployment robot",
    value={"name": "deployer", "label": "Deployment robot", "description": "Rolls out what was built."},
    request_only=True,
)

ACCOUNT_CHANGE_EXAMPLE = OpenApiExample(
    "What policies may ask for", value={"attributes": {"environment": "production"}}, request_only=True
)

STOP_EXAMPLE = OpenApiExample("Why", value={"reason": "Its log held a key."}, request_only=True)


class ServiceAccounts(View):
    """GET and POST /v1/service-accounts"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=SERVICE_ACCOUNTS,
        summary="List service accounts",
        parameters=[shapes.ServiceAccountsQuery],
        responses=shapes.ServiceAccountsPage,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The programs of the tenant that are nobody's, newest first."""
        query = self.query(shapes.ServiceAccountsQuery)
        found = queries.service_accounts(q=query["q"], status=query["status"])
        return self.page(found, query=query, shape=documents.of_service_account)

    @extend_schema(
        tags=SERVICE_ACCOUNTS,
        summary="Create a service account",
        request=shapes.ServiceAccountIn,
        responses={201: shapes.ServiceAccountOut},
        examples=[ACCOUNT_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Make a service account, which may nothing until it is given a role."""
        given = self.parse(shapes.ServiceAccountIn)
        words = {"label": given["label"], "description": given["description"]}
        account = actions.create_service_account(given["name"], **words, actor=self.actor)
        location = f"/v1/service-accounts/{account.public_id}"
        return self.answer(documents.of_service_account(account), status=201, version=account.version, location=location)


class OneServiceAccount(View):
    """GET and PATCH /v1/service-accounts/{id}"""

    access = {"GET": READ, "PATCH": WRITE}

    @extend_schema(tags=SERVICE_ACCOUNTS, summary="Show a service account", responses=shapes.ServiceAccountOut)
    def get(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """One service account with status and roles."""
        account = queries.service_account(ids.wanted("svc", service_account_id))
        return self.answer(documents.of_service_account(account), version=account.version)

    @extend_schema(
        tags=SERVICE_ACCOUNTS,
        summary="Change a service account",
        request=shapes.ServiceAccountChangeIn,
        responses=shapes.ServiceAccountOut,
        examples=[ACCOUNT_CHANGE_EXAMPLE],
    )
    def patch(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """Another label, description or exactly these attributes. Send the ETag as If-Match to be sure of what you change."""
        given = self.parse(shapes.ServiceAccountChangeIn)
        changes = {name: given.get(name) for name in ("label", "description", "attributes")}
        account = actions.change_service_account(
            ids.wanted("svc", service_account_id), **changes, expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(documents.of_service_account(account), version=account.version)


class ServiceAccountSuspension(View):
    """PUT and DELETE /v1/service-accounts/{id}/suspension"""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=SERVICE_ACCOUNTS,
        summary="Suspend a service account",
        request=shapes.ReasonIn,
        responses=shapes.ServiceAccountOut,
        examples=[STOP_EXAMPLE],
    )
    def put(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """Refuse its keys until it is resumed."""
        reason = self.parse(shapes.ReasonIn)["reason"]
        account = actions.suspend_service_account(ids.wanted("svc", service_account_id), reason=reason, actor=self.actor)
        return self.answer(documents.of_service_account(account), version=account.version)

    @extend_schema(tags=SERVICE_ACCOUNTS, summary="Resume a service account", responses=shapes.ServiceAccountOut)
    def delete(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """Let a suspended or deactivated account work again, with the keys that ended only because it was deactivated."""
        account = actions.resume_service_account(ids.wanted("svc", service_account_id), actor=self.actor)
        return self.answer(documents.of_service_account(account), version=account.version)


class ServiceAccountDeactivation(View):
    """PUT /v1/service-accounts/{id}/deactivation"""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=SERVICE_ACCOUNTS,
        summary="Deactivate a service account",
        request=shapes.ReasonIn,
        responses=shapes.ServiceAccountOut,
        examples=[STOP_EXAMPLE],
    )
    def put(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """End the account: its keys are revoked in the same moment."""
        reason = self.parse(shapes.ReasonIn)["reason"]
        account = actions.deactivate_service_account(ids.wanted("svc", service_account_id), reason=reason, actor=self.actor)
        return self.answer(documents.of_service_account(account), version=account.version)
