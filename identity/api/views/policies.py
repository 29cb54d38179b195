"""Doors of policies."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api.serializers.policies import (
    AccessPolicyIn,
    AccessPolicyOut,
    CheckedOut,
    PoliciesQuery,
    PolicyChangeIn,
    PolicyClockIn,
    PolicyClockOut,
    PolicyTextIn,
    PolicyWordsOut,
)
from identity.models import Policy
from identity.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

TAGS = ["Policies"]
READ, WRITE = Permission.READ_POLICIES, Permission.WRITE_POLICIES
TEXT = 'forbid(principal, action in Action::"write", resource)\nunless { principal in Role::"owner" || (context.hour >= 8 && context.hour < 18) };\n'
SHOWN: dict[str, Any] = {
    "id": "pol_06f0kt8m1wfvx5r2c9h3qjz4ac", "name": "business-hours", "description": "Nothing is changed at night.", "text": TEXT, "state": "draft",
    "created_at": "2026-11-21T10:00:00.000000Z", "changed_at": "2026-11-21T10:00:00.000000Z", "version": 1,
}  # fmt: skip
ACTIVE = SHOWN | {"state": "active", "version": 2}
GIVEN = {"name": "business-hours", "description": "Nothing is changed at night.", "text": TEXT}
CHECKED = {"is_valid": True, "faults": [], "remarks": []}
WORDS = {
    "schema": "entity Role;",
    "context": [{"name": "hour", "type": "Long", "meaning": "0 to 23, by the tenant's clock."}],
    "templates": [{"name": "business-hours", "label": "Changes only in business hours", "description": "…", "text": TEXT}],
    "timezone": "Europe/Berlin",
}


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OfPolicy(View):
    """What the doors of policies share."""

    def shown(self, policy: Policy, *, status: int = 200, location: str = "") -> HttpResponseBase:
        """One policy, with its ETag."""
        return self.answer(documents.of_policy(policy), status=status, version=policy.version, location=location)


class Policies(OfPolicy):
    """GET and POST /v1/policies"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="List policies",
        parameters=[PoliciesQuery],
        responses=page_of(AccessPolicyOut),
        examples=[_answered({"data": [SHOWN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The policies of the tenant, newest first."""
        query = self.query(PoliciesQuery)
        return self.page(queries.policies(q=query["q"], state=query["state"]), query=query, shape=documents.of_policy)

    @extend_schema(
        tags=TAGS,
        summary="Write a policy",
        request=AccessPolicyIn,
        responses={201: AccessPolicyOut},
        examples=[_given(GIVEN), _answered(SHOWN, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Write a policy as a draft, which does not count before it is enabled."""
        given = self.parse(AccessPolicyIn)
        policy = actions.create_policy(given["name"], text=given["text"], description=given["description"], actor=self.actor)
        return self.shown(policy, status=201, location=f"/v1/policies/{policy.public_id}")


class OnePolicy(OfPolicy):
    """GET, PATCH and DELETE /v1/policies/{id}"""

    access = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(tags=TAGS, summary="Show a policy", responses=AccessPolicyOut, examples=[_answered(SHOWN)])
    def get(self, request: Request, policy_id: str) -> HttpResponseBase:
        """One policy with its text."""
        return self.shown(queries.policy(ids.wanted("pol", policy_id)))

    @extend_schema(
        tags=TAGS,
        summary="Change a policy",
        request=PolicyChangeIn,
        responses=AccessPolicyOut,
        examples=[_given({"description": GIVEN["description"], "text": TEXT}), _answered(SHOWN | {"version": 2})],
    )
    def patch(self, request: Request, policy_id: str) -> HttpResponseBase:
        """Another text or description. One that is in force counts with its new text from the next request on."""
        given, version = self.parse(PolicyChangeIn), self.expected_version()
        # Looked up before its text is checked: whose policy it is not learns nothing but that.
        wanted = queries.policy(ids.wanted("pol", policy_id)).id
        return self.shown(actions.change_policy(wanted, **given, expected_version=version, actor=self.actor))

    @extend_schema(tags=TAGS, summary="Delete a policy", responses={204: None})
    def delete(self, request: Request, policy_id: str) -> HttpResponseBase:
        """Delete a policy, in force or not. Its last text stays in the audit log."""
        actions.delete_policy(ids.wanted("pol", policy_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class PolicyEnforcement(OfPolicy):
    """PUT and DELETE /v1/policies/{id}/enforcement"""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=TAGS, summary="Put a policy into force", request=None, responses=AccessPolicyOut, examples=[_answered(ACTIVE)]
    )
    def put(self, request: Request, policy_id: str) -> HttpResponseBase:
        """Count the policy from the next request on. Refused when you could not change policies any more yourself."""
        wanted, version = ids.wanted("pol", policy_id), self.expected_version()
        return self.shown(actions.enable_policy(wanted, expected_version=version, actor=self.actor))

    @extend_schema(
        tags=TAGS,
        summary="Take a policy out of force",
        responses=AccessPolicyOut,
        examples=[_answered(SHOWN | {"state": "disabled", "version": 3})],
    )
    def delete(self, request: Request, policy_id: str) -> HttpResponseBase:
        """Count the policy no more, from the next request on."""
        wanted, version = ids.wanted("pol", policy_id), self.expected_version()
        return self.shown(actions.disable_policy(wanted, expected_version=version, actor=self.actor))


class PolicyValidation(View):
    """POST /v1/policies/validation"""

    access = {"POST": READ}

    @extend_schema(
        tags=TAGS,
        summary="Check a policy",
        request=PolicyTextIn,
        responses=CheckedOut,
        examples=[_given({"text": TEXT}), _answered(CHECKED)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Whether a text could be a policy, and if not, what is wrong at which line and column. Nothing is stored."""
        text = self.parse(PolicyTextIn)["text"]
        faults = queries.policy_faults(text)
        remarks = [] if faults else queries.policy_remarks(text)
        return self.answer({"is_valid": not faults, "faults": faults, "remarks": remarks})


class PolicyWords(View):
    """GET /v1/policies/words"""

    access = {"GET": READ}

    @extend_schema(tags=TAGS, summary="Show what policies are written with", responses=PolicyWordsOut, examples=[_answered(WORDS)])
    def get(self, request: Request) -> HttpResponseBase:
        """The schema in Cedar's notation, what `context` holds, policies to start from, and the clock."""
        return self.answer(
            {
                "schema": queries.policy_schema(),
                "context": queries.policy_words(),
                "templates": [
                    {"name": item.name, "label": item.label, "description": item.description, "text": item.text}
                    for item in queries.policy_templates()
                ],
                "timezone": queries.policy_timezone(),
            }
        )


class PolicyClock(View):
    """PUT /v1/policies/clock"""

    access = {"PUT": WRITE}

    @extend_schema(
        tags=TAGS,
        summary="Set the clock of the policies",
        request=PolicyClockIn,
        responses=PolicyClockOut,
        examples=[_given({"timezone": "Europe/Berlin"}), _answered({"timezone": "Europe/Berlin"})],
    )
    def put(self, request: Request) -> HttpResponseBase:
        """Choose the time zone by which policies read hours and days; nobody's own zone counts."""
        return self.answer({"timezone": actions.set_policy_timezone(self.parse(PolicyClockIn)["timezone"], actor=self.actor)})
