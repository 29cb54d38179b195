"""Doors of the rules about second factors."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.models import MfaPolicy
from identity.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

TAGS = ["Second factors"]
READ, WRITE = Permission.READ_SECURITY, Permission.WRITE_SECURITY
GIVEN: dict[str, Any] = {"role": "admin", "required": "phishing_resistant", "grace_days": 14}
SHOWN: dict[str, Any] = {
    "id": "mfa_06f0kt8m1wfvx5r2c9h3qjz4ac", "applies_to": "role:admin", "required": "phishing_resistant", "allowed_factors": [],
    "allowed_aaguids": [], "grace_days": 14, "remember_days": 0, "trusted_amr": [], "created_at": "2026-11-21T10:00:00.000000Z", "version": 1,
}  # fmt: skip


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OfMfaPolicy(View):
    """What the doors of one rule share."""

    def shown(self, policy: MfaPolicy, *, status: int = 200, location: str = "") -> HttpResponseBase:
        """One rule, with its ETag."""
        return self.answer(documents.of_mfa_policy(policy), status=status, version=policy.version, location=location)


class MfaPolicies(OfMfaPolicy):
    """GET, POST /v1/mfa-policies"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="List the rules about second factors",
        parameters=[shapes.MfaPoliciesQuery],
        responses=page_of(shapes.MfaPolicyOut),
        examples=[_answered({"data": [SHOWN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Of all rules that apply to a person the strictest counts."""
        query = self.query(shapes.MfaPoliciesQuery)
        found = queries.mfa_policies(q=query["q"], required=query["required"])
        return self.page(found, query=query, shape=documents.of_mfa_policy)

    @extend_schema(
        tags=TAGS,
        summary="Make a rule about second factors",
        request=shapes.MfaPolicyIn,
        responses={201: shapes.MfaPolicyOut},
        examples=[_given(GIVEN), _answered(SHOWN, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """For whoever has a role, is in a team, for one person, or for everybody. A rule that would shut out its author is refused."""
        given = self.parse(shapes.MfaPolicyIn)
        scope = {name: given.pop(name) for name in ("role", "team", "person")}
        policy = actions.create_mfa_policy(actions.Terms(**given), **scope, actor=self.actor)
        return self.shown(policy, status=201, location=f"/v1/mfa-policies/{policy.public_id}")


class OneMfaPolicy(OfMfaPolicy):
    """GET, PATCH, DELETE /v1/mfa-policies/{id}"""

    access = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=TAGS, summary="Show a rule about second factors", responses=shapes.MfaPolicyOut, examples=[_answered(SHOWN)]
    )
    def get(self, request: Request, mfa_policy_id: str) -> HttpResponseBase:
        """One rule, with its ETag."""
        return self.shown(queries.mfa_policy(ids.wanted("mfa", mfa_policy_id)))

    @extend_schema(
        tags=TAGS,
        summary="Change a rule about second factors",
        request=shapes.MfaPolicyChangeIn,
        responses=shapes.MfaPolicyOut,
        examples=[_given({"required": "any", "grace_days": 0}), _answered(SHOWN)],
    )
    def patch(self, request: Request, mfa_policy_id: str) -> HttpResponseBase:
        """What it asks for; whom it is for stays. Send the ETag as If-Match to be sure of what you change."""
        terms, version = actions.Terms(**self.parse(shapes.MfaPolicyChangeIn)), self.expected_version()
        identifier = ids.wanted("mfa", mfa_policy_id)
        return self.shown(actions.change_mfa_policy(identifier, terms=terms, expected_version=version, actor=self.actor))

    @extend_schema(tags=TAGS, summary="Delete a rule about second factors", responses={204: None})
    def delete(self, request: Request, mfa_policy_id: str) -> HttpResponseBase:
        """The other rules still count."""
        actions.delete_mfa_policy(ids.wanted("mfa", mfa_policy_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()
