"""Doors of questions about access."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import documents, queries
from identity.api.serializers.access import ExplanationOut, HoldersQuery, SimulationIn
from identity.api.serializers.bindings import HolderOut
from identity.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

TAGS = ["Policies"]
QUESTION: dict[str, Any] = {
    "principal": "usr_06f0kt8m1wfvx5r2c9h3qjz4ce",
    "permission": "write:identity.people",
    "at": "2026-11-21T22:00:00Z",
    "address": "192.0.2.7",
}
HOLDER = {"id": "usr_06f0kt8m1wfvx5r2c9h3qjz4ce", "kind": "person", "name": "ada@acme.example"}
ANSWER: dict[str, Any] = {
    "allowed": False,
    "reason": "a_policy_forbids_it",
    "granted_by": [
        {
            "binding": "bnd_06f0kt8m1wfvx5r2c9h3qjz4ac",
            "role": "admin",
            "through": HOLDER,
            "permissions": ["write:*"],
            "expires_at": None,
        }
    ],
    "is_in_scope": True,
    "forbidden_by": ["business-hours"],
    "errors": [],
    "circumstances": {"hour": 22, "weekday": 6, "mfa": False, "address": "192.0.2.7"},
}


class AccessSimulation(View):
    """POST /v1/access/simulation"""

    access = {"POST": Permission.READ_POLICIES}

    @extend_schema(
        tags=TAGS,
        summary="Ask whether somebody would be allowed",
        request=SimulationIn,
        responses=ExplanationOut,
        examples=[
            OpenApiExample("A request", value=QUESTION, request_only=True),
            OpenApiExample("An answer", value=ANSWER, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Would this person, service account or key be allowed to do this, and why? Nothing is done."""
        given = self.parse(SimulationIn)
        policy = queries.policy(ids.wanted("pol", given["policy"])) if given["policy"] else None
        circumstances = queries.Circumstances(
            given["at"], given["address"], given["mfa_age_s"], given["method"], is_support=given["is_support"]
        )
        of = queries.subject(given["principal"])
        found = queries.simulate(of, permission=given["permission"], given=circumstances, and_also=policy)
        return self.answer(documents.of_explanation(found))


class AccessHolders(View):
    """GET /v1/access/holders"""

    access = {"GET": Permission.READ_POLICIES}

    @extend_schema(
        tags=TAGS,
        summary="List who may do something",
        parameters=[HoldersQuery],
        responses=page_of(HolderOut),
        examples=[
            OpenApiExample(
                "An answer",
                value={"data": [HOLDER], "has_more": False, "next_cursor": None},
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The active people, or service accounts, whose roles allow it now; policies may still forbid it in some circumstances."""
        query = self.query(HoldersQuery)
        find = queries.people_who_may if query["kind"] == "person" else queries.service_accounts_which_may
        return self.page(find(query["permission"], q=query["q"]), query=query, shape=documents.of_holder)
