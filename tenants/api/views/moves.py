"""Moving tenants over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given, tenant_id
from tenants.permissions import Permission

MOVE = {
    "operation": "op_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "tenant": "ten_06f0kt8m1wfvx5r2c9h3qjz4ab",
    "from_cell": "cell-1",
    "to_cell": "cell-2",
    "state": "queued",
    "step": "Check both sides",
    "progress_percent": 0,
    "freeze_ms": None,
    "rows": None,
    "problem": None,
    "created_at": "2026-01-31T12:05:00.000000Z",
    "finished_at": None,
}
MOVED = {
    **MOVE,
    "state": "succeeded",
    "step": "",
    "progress_percent": 100,
    "freeze_ms": 112,
    "rows": 20334,
    "finished_at": "2026-01-31T12:05:07.000000Z",
}


class Placement(View):
    """The cell in which a tenant lives."""

    access = {"PUT": Permission.MOVE_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="Move a tenant",
        request=shapes.PlacementIn,
        responses={202: shapes.MoveOut},
        examples=[given("A cell", {"cell": "cell-2"}), answered("On its way", MOVE, status=202)],
    )
    def put(self, request: Request, tenant: str) -> HttpResponse:
        """Let the tenant live in another cell. It works on meanwhile and takes no writes for less than half a second at the end.

        Asked again for the same cell, the answer names the same operation. Cancel the operation to stay: up to the change of the cell it undoes
        everything.
        """
        operation = actions.move_tenant(
            tenant_id(tenant),
            cell=self.parse(shapes.PlacementIn)["cell"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_move(operation), status=202, location=f"/v1/operations/{operation.public_id}")


class Moves(View):
    """All moves of all tenants."""

    access = {"GET": Permission.READ_TENANTS}

    @extend_schema(
        tags=["Tenants"],
        summary="List moves",
        parameters=[shapes.MoveQuery],
        responses=page_of(shapes.MoveOut),
        examples=[answered("A page", {"data": [MOVED], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Moves, newest first: where from, where to, how far, how long the tenant stood still."""
        query = self.query(shapes.MoveQuery)
        return self.page(queries.moves(q=query["q"], state=query["state"]), query=query, shape=documents.of_move)
