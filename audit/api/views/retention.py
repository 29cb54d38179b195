"""Periods and removals over HTTP."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.retention import (
    PoliciesOut,
    PolicyIn,
    PolicyOut,
    PresetIn,
    PresetsOut,
    PruningIn,
    PruningOut,
    PruningsQuery,
    RemovalOut,
)
from audit.permissions import Permission
from kernel.api.schema import page_of
from kernel.api.views import View

READ, WRITE = Permission.READ_RETENTION, Permission.WRITE_RETENTION
GIVEN = {"body_days": 366, "seal_days": 0, "basis": "PCI DSS v4.0.1 requirement 10.5.1"}
SHOWN: dict[str, Any] = {"category": "security", **GIVEN, "updated_at": "2026-11-21T10:00:00.000000Z", "version": 1}
PRESET = {
    "preset": "pci-dss",
    "label": "PCI DSS: 12 months",
    "body_days": 366,
    "basis": "PCI DSS v4.0.1 requirement 10.5.1: twelve months of audit log history",
}
REMOVED: dict[str, Any] = {
    "id": "019ab3a1-4c5d-7e2f-8a3b-6c1d2e3f4a5b", "stage": "bodies", "month": "audit_entry_y2025m10", "first_seq": 1, "last_seq": 51204,
    "number": 51204, "held": 3, "policies": {"security": {"body_days": 366, "seal_days": 0, "basis": "PCI DSS v4.0.1", "number": 51204}},
    "pruned_at": "2026-11-21T02:41:00.000000Z",
}  # fmt: skip
PLANNED: dict[str, Any] = {
    "removed": [],
    "months": [
        {
            "month": "audit_entry_y2025m10", "ends_at": "2025-11-01T00:00:00.000000Z", "size_bytes": 61341696, "entries": 51204, "first_seq": 1,
            "last_seq": 51204, "held": 3, "is_due": True, "why_kept": "",
        }
    ],
    "seals": {"first_seq": 1, "last_seq": 0, "is_due": False, "checkpoint": None, "why_kept": "The bodies of the entries from place 1 on are still there."},
}  # fmt: skip


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True)


class Policies(View):
    """GET, PUT /v1/audit/policies"""

    access = {"GET": READ, "PUT": WRITE}

    @extend_schema(tags=["Retention"], summary="List the periods", responses=PoliciesOut, examples=[_answered({"data": [SHOWN]})])
    def get(self, request: Request) -> HttpResponseBase:
        """How long the entries of each category are kept. Without a policy, and with 0 days, they are kept for good."""
        return self.answer({"data": [queries.policy_document(policy) for policy in queries.policies()]})

    @extend_schema(
        tags=["Retention"],
        summary="Set all periods",
        request=PresetIn,
        responses=PoliciesOut,
        examples=[_given({"preset": "pci-dss"}), _answered({"data": [SHOWN]})],
    )
    def put(self, request: Request) -> HttpResponseBase:
        """Give all categories the period that a rule asks for, whatever was set before. Seals are kept for good; nothing is removed by it at once."""
        policies = actions.apply_preset(self.parse(PresetIn)["preset"], actor=self.actor)
        return self.answer({"data": [queries.policy_document(policy) for policy in policies]})


class Presets(View):
    """GET /v1/audit/presets"""

    access = {"GET": READ}

    @extend_schema(tags=["Retention"], summary="List the presets", responses=PresetsOut, examples=[_answered({"data": [PRESET]})])
    def get(self, request: Request) -> HttpResponseBase:
        """Periods that rules ask for, each for all categories."""
        return self.answer({"data": queries.preset_documents()})


class OnePolicy(View):
    """GET, PUT /v1/audit/policies/{category}"""

    access = {"GET": READ, "PUT": WRITE}

    @extend_schema(tags=["Retention"], summary="Read a period", responses=PolicyOut, examples=[_answered(SHOWN)])
    def get(self, request: Request, category: str) -> HttpResponseBase:
        """The period of one category, with its ETag."""
        policy = queries.policy(category)
        return self.answer(queries.policy_document(policy), version=policy.version)

    @extend_schema(
        tags=["Retention"],
        summary="Set a period",
        request=PolicyIn,
        responses=PolicyOut,
        examples=[_given(GIVEN), _answered(SHOWN)],
    )
    def put(self, request: Request, category: str) -> HttpResponseBase:
        """Say how long the entries of a category are kept. Nothing is removed by it at once: the daily round does that, or a removal by hand."""
        given, version = self.parse(PolicyIn), self.expected_version()
        queries.policy(category)
        policy = actions.change_policy(category, **given, expected_version=version, actor=self.actor)
        return self.answer(queries.policy_document(policy), version=policy.version)


class Prunings(View):
    """GET, POST /v1/audit/prunings"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=["Retention"],
        summary="List what was removed",
        parameters=[PruningsQuery],
        responses=page_of(PruningOut),
        examples=[_answered({"data": [REMOVED], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Months whose bodies were removed, and seals that were removed below a checkpoint; newest first."""
        query = self.query(PruningsQuery)
        return self.page(queries.prunings(stage=query["stage"]), query=query, shape=queries.pruning_document)

    @extend_schema(
        tags=["Retention"],
        summary="Remove what is older",
        request=PruningIn,
        responses=RemovalOut,
        examples=[_given({"dry_run": True}), _answered(PLANNED)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Remove now what is older than the periods say, or with `dry_run` only tell what would go and why the rest stays."""
        is_trial = self.parse(PruningIn)["dry_run"]
        removed = [] if is_trial else actions.prune(actor=self.actor).records
        plan = queries.removal_plan_document(queries.removal_plan())
        return self.answer({"removed": [queries.pruning_document(row) for row in removed], **plan})
