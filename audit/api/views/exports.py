"""Exports over HTTP."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.exports import ExportIn, ExportOut, ExportsQuery, export_out, exports_out
from audit.models import EXPORT_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.headers import attachment
from kernel.api.schema import page_of
from kernel.api.views import View

EXPORT: dict[str, Any] = {
    "id": "exp_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "state": "ready",
    "format": "jsonl",
    "filters": {"category": "security", "since": "2026-01-01T00:00:00.000000Z"},
    "operation": "op_06f0kt8m1wfvx5r2c9h3qjz4ae",
    "progress_percent": 100,
    "asked_by": "dana@acme.example",
    "row_count": 1812,
    "size_bytes": 2104993,
    "sha256": "445142d5043b415aa5750be085bf8bd06e7fa0b1c80279b476ddaed449373311",
    "created_at": "2026-01-31T12:00:00.000000Z",
    "ready_at": "2026-01-31T12:00:07.000000Z",
    "expires_at": "2026-02-07T12:00:07.000000Z",
    "problem": "",
}
GIVEN = OpenApiExample(
    "Everything about security", value={"format": "jsonl", "filters": {"category": "security"}}, request_only=True
)


class Exports(View):
    """GET, POST /v1/audit/exports"""

    access = {"GET": Permission.EXPORT, "POST": Permission.EXPORT}

    @extend_schema(tags=["Audit"], summary="List exports", parameters=[ExportsQuery], responses=page_of(ExportOut))
    def get(self, request: Request) -> HttpResponse:
        """Exports of this tenant's trail, newest first; removed ones stay in the list as a record."""
        query = self.query(ExportsQuery)
        return self.shaped_page(queries.exports(q=query["q"], format=query["format"]), query=query, shapes=exports_out)

    @extend_schema(tags=["Audit"], summary="Start an export", request=ExportIn, responses={202: ExportOut}, examples=[GIVEN])
    def post(self, request: Request) -> HttpResponse:
        """Have what is sealed now written to a file, in the order of `seq`. One export of a tenant is written at a time; a file is kept a week."""
        wanted = {"filters": {}, **self.parse(ExportIn)}
        export = actions.start_export(**wanted, actor=self.actor)
        return self.answer(export_out(export), status=202, location=f"/v1/audit/exports/{export.public_id}")


class OneExport(View):
    """GET, DELETE /v1/audit/exports/{id}"""

    access = {"GET": Permission.EXPORT, "DELETE": Permission.EXPORT}

    @extend_schema(
        tags=["Audit"],
        summary="Read an export",
        responses=ExportOut,
        examples=[OpenApiExample("An export", value=EXPORT, response_only=True)],
    )
    def get(self, request: Request, export_id: str) -> HttpResponse:
        """One export, how far it is, and what its file holds."""
        return self.answer(export_out(queries.export(ids.wanted(EXPORT_PREFIX, export_id))))

    @extend_schema(tags=["Audit"], summary="Remove an export", responses={204: None})
    def delete(self, request: Request, export_id: str) -> HttpResponse:
        """Remove the file for good, and stop its job if that is still at work."""
        actions.remove_export(ids.wanted(EXPORT_PREFIX, export_id), actor=self.actor)
        return self.no_content()


class ExportFile(View):
    """GET /v1/audit/exports/{id}/file"""

    access = {"GET": Permission.EXPORT}

    @extend_schema(tags=["Audit"], summary="Fetch an export", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: str) -> StreamingHttpResponse:
        """The file. That it was fetched stands in the trail."""
        export = actions.hand_out_export(ids.wanted(EXPORT_PREFIX, export_id), actor=self.actor)
        return attachment(queries.pieces_of(export), name=queries.file_name(export), media_type=queries.media_type(export))
