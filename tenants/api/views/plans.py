"""Plans over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.permissions import Permission

PLAN = {
    "code": "business",
    "label": "Business",
    "cell_kind": "shared",
    "settings": {"backup_every_hours": 6, "custom_domains_maximum": 20},
    "tenant_count": 12,
    "version": 3,
    "created_at": "2026-01-31T11:00:00.000000Z",
}


class Plans(View):
    """All plans."""

    access = {"GET": Permission.READ_PLANS, "POST": Permission.WRITE_PLANS}

    @extend_schema(
        tags=["Plans"],
        summary="List plans",
        parameters=[shapes.PlanQuery],
        responses=page_of(shapes.PlanOut),
        examples=[answered("A page", {"data": [PLAN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Plans by code, each with the number of its tenants; always one page."""
        query = self.query(shapes.PlanQuery)
        return self.answer(
            {"data": [documents.of_plan(plan) for plan in queries.plans(q=query["q"])], "has_more": False, "next_cursor": None}
        )

    @extend_schema(
        tags=["Plans"],
        summary="Make a plan",
        request=shapes.PlanIn,
        responses={201: shapes.PlanOut},
        examples=[
            given("A plan", {"code": "business", "label": "Business", "settings": {"backup_every_hours": 6}}),
            answered("Made", {**PLAN, "settings": {"backup_every_hours": 6}, "tenant_count": 0, "version": 1}, status=201),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a plan that tenants can be put on."""
        wish = self.parse(shapes.PlanIn)
        made = actions.add_plan(wish.pop("code"), **wish, actor=self.actor)
        return self.answer(
            documents.of_plan(queries.plan(made.code)), status=201, version=made.version, location=f"/v1/plans/{made.code}"
        )


class OnePlan(View):
    """One plan."""

    access = {"GET": Permission.READ_PLANS, "PATCH": Permission.WRITE_PLANS, "DELETE": Permission.WRITE_PLANS}

    @extend_schema(tags=["Plans"], summary="Read a plan", responses=shapes.PlanOut, examples=[answered("A plan", PLAN)])
    def get(self, request: Request, plan: str) -> HttpResponse:
        """One plan, with its ETag."""
        found = queries.plan(plan)
        return self.answer(documents.of_plan(found), version=found.version)

    @extend_schema(
        tags=["Plans"],
        summary="Change a plan",
        request=shapes.PlanChange,
        responses=shapes.PlanOut,
        examples=[given("More copies", {"settings": {"backup_every_hours": 6}}), answered("Changed", {**PLAN, "version": 4})],
    )
    def patch(self, request: Request, plan: str) -> HttpResponse:
        """Change label, settings or the kind of cell. Settings hold for the plan's tenants at once; a tenant stays in its cell."""
        change = self.parse(shapes.PlanChange)
        changed = actions.change_plan(plan, **change, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(documents.of_plan(queries.plan(changed.code)), version=changed.version)

    @extend_schema(tags=["Plans"], summary="Remove a plan", responses={204: None})
    def delete(self, request: Request, plan: str) -> HttpResponse:
        """Remove a plan that no tenant is on."""
        actions.remove_plan(plan, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()
