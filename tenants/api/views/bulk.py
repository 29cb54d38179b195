"""Changing many tenants in one go, over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.views import View
from tenants import actions, bulk
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.api.views.tenants import OPERATION
from tenants.bulk import BulkAction
from tenants.permissions import Permission

ASKED = {"action": "suspend", "tenants": ["acme", "globex", "platform"], "reason": "The invoice of January is not paid."}
SKIPPED = {"tenant": "platform", "outcome": "skipped", "why": "This is the operator's own tenant.", "problem": "tenant-state"}
FORESEEN = [
    {"tenant": "acme", "outcome": "done", "state": "active"},
    {"tenant": "globex", "outcome": "unchanged", "state": "suspended"},
    {**SKIPPED, "state": "active"},
]


class Bulk(View):
    """A change of many tenants."""

    access = {"POST": Permission.SUSPEND_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Change many tenants",
        request=shapes.BulkIn,
        responses={200: shapes.BulkOut, 202: shapes.BulkOut},
        examples=[
            given("Suspend three", ASKED),
            given("Only look", {**ASKED, "dry_run": True}),
            answered("Accepted", {"operation": OPERATION, "dry_run": False, "outcomes": []}, status=202),
            answered("What would become of each", {"operation": None, "dry_run": True, "outcomes": FORESEEN}),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Suspend, resume, archive, delete or undelete up to 500 tenants; each as if it was asked for alone, and skipped where that would be refused.

        Archiving and deleting need their own permissions as well. The outcomes stand in the operation's result as they come.
        """
        values = self.parse(shapes.BulkIn)
        action = BulkAction(values["action"])
        if values["dry_run"]:
            self.actor.require(bulk.PERMISSIONS[action])
            outcomes = bulk.preview(action, tenants=values["tenants"])
            return self.answer({"operation": None, "dry_run": True, "outcomes": outcomes})
        operation = actions.change_many(
            action, tenants=values["tenants"], reason=values["reason"], confirm=values["confirm"], actor=self.actor
        )
        document = {"operation": operation.public_id, "dry_run": False, "outcomes": []}
        return self.answer(document, status=202, location=f"/v1/operations/{operation.public_id}")
