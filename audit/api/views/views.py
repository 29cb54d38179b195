"""Saved views over HTTP."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.views import ViewIn, ViewOut, ViewsQuery
from audit.models import VIEW_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

VIEW: dict[str, Any] = {
    "id": "viw_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "name": "Refused this year",
    "filters": {"outcome": "denied", "since": "2026-01-01T00:00:00.000000Z"},
    "audience": "shared",
    "is_mine": True,
    "created_at": "2026-01-31T12:00:00.000000Z",
    "version": 1,
}
GIVEN = OpenApiExample("Refusals", value={name: VIEW[name] for name in ("name", "filters", "audience")}, request_only=True)


class Views(View):
    """GET, POST /v1/audit/views"""

    access = {"GET": Permission.READ_ENTRIES, "POST": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="List saved views", parameters=[ViewsQuery], responses=page_of(ViewOut))
    def get(self, request: Request) -> HttpResponse:
        """The caller's own saved views, and those that others share."""
        query = self.query(ViewsQuery)
        found = queries.views(actor=self.actor, q=query["q"])
        return self.page(found, query=query, shape=partial(queries.view_document, actor=self.actor))

    @extend_schema(tags=["Audit"], summary="Save a view", request=ViewIn, responses={201: ViewOut}, examples=[GIVEN])
    def post(self, request: Request) -> HttpResponse:
        """Keep filters under a name. To share it takes the permission to share views."""
        view = actions.save_view(**self.parse(ViewIn), actor=self.actor)
        return self.answer(
            queries.view_document(view, actor=self.actor),
            status=201,
            version=view.version,
            location=f"/v1/audit/views/{view.public_id}",
        )


class OneView(View):
    """GET, PATCH, DELETE /v1/audit/views/{id}"""

    access = {"GET": Permission.READ_ENTRIES, "PATCH": Permission.READ_ENTRIES, "DELETE": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Read a saved view", responses=ViewOut)
    def get(self, request: Request, view_id: str) -> HttpResponse:
        """One saved view, with its ETag."""
        view = queries.view(ids.wanted(VIEW_PREFIX, view_id), actor=self.actor)
        return self.answer(queries.view_document(view, actor=self.actor), version=view.version)

    @extend_schema(tags=["Audit"], summary="Change a saved view", request=ViewIn, responses=ViewOut, examples=[GIVEN])
    def patch(self, request: Request, view_id: str) -> HttpResponse:
        """Another name, other filters, another audience; what is left out stays."""
        view = actions.change_view(
            ids.wanted(VIEW_PREFIX, view_id), **self.parse(ViewIn), expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(queries.view_document(view, actor=self.actor), version=view.version)

    @extend_schema(tags=["Audit"], summary="Remove a saved view", responses={204: None})
    def delete(self, request: Request, view_id: str) -> HttpResponse:
        """Remove it; entries stay as they are."""
        actions.remove_view(ids.wanted(VIEW_PREFIX, view_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()
