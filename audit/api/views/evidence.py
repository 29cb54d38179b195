"""Evidence over HTTP."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.evidence import BundleIn, BundleOut, BundlesQuery, bundles_out
from audit.evidence import Selection
from audit.models import EXPORT_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.headers import attachment
from kernel.api.schema import page_of
from kernel.api.views import View

BUNDLE: dict[str, Any] = {
    "id": "exp_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "state": "ready",
    "selection": {"from_seq": 1, "to_seq": 0, "filters": {}, "readable": False},
    "operation": "op_06f0kt8m1wfvx5r2c9h3qjz4ae",
    "progress_percent": 100,
    "asked_by": "dana@acme.example",
    "entries": 1812,
    "size_bytes": 2104993,
    "sha256": "445142d5043b415aa5750be085bf8bd06e7fa0b1c80279b476ddaed449373311",
    "created_at": "2026-01-31T12:00:00.000000Z",
    "ready_at": "2026-01-31T12:00:02.000000Z",
    "expires_at": "2026-02-07T12:00:02.000000Z",
    "problem": "",
}
GIVEN = OpenApiExample("All that one person did", value={"filters": {"actor": "usr_06f0kt8m1wfvx5r2c9h3qjz4ad"}}, request_only=True)


class Bundles(View):
    """GET, POST /v1/audit/evidence"""

    access = {"GET": Permission.VERIFY, "POST": Permission.VERIFY}

    @extend_schema(tags=["Audit"], summary="List evidence bundles", parameters=[BundlesQuery], responses=page_of(BundleOut))
    def get(self, request: Request) -> HttpResponse:
        """Evidence bundles of this tenant's log, newest first; removed ones stay in the list as a record."""
        query = self.query(BundlesQuery)
        return self.shaped_page(queries.bundles(q=query["q"]), query=query, shapes=bundles_out)

    @extend_schema(tags=["Audit"], summary="Take evidence along", request=BundleIn, responses={202: BundleOut}, examples=[GIVEN])
    def post(self, request: Request) -> HttpResponse:
        """Have entries, their proofs and the program that checks them gathered in one file, which is kept for a week."""
        bundle = actions.start_evidence(Selection.parse(self.parse(BundleIn)), actor=self.actor)
        return self.answer(bundles_out([bundle])[0], status=202, location=f"/v1/audit/evidence/{bundle.public_id}")


class OneBundle(View):
    """GET /v1/audit/evidence/{id}"""

    access = {"GET": Permission.VERIFY}

    @extend_schema(
        tags=["Audit"],
        summary="Read an evidence bundle",
        responses=BundleOut,
        examples=[OpenApiExample("A bundle", value=BUNDLE, response_only=True)],
    )
    def get(self, request: Request, evidence_id: str) -> HttpResponse:
        """One bundle, how far it is, and what its file holds."""
        return self.answer(bundles_out([queries.evidence(ids.wanted(EXPORT_PREFIX, evidence_id))])[0])


class BundleFile(View):
    """GET /v1/audit/evidence/{id}/file"""

    access = {"GET": Permission.VERIFY}

    @extend_schema(tags=["Audit"], summary="Fetch an evidence bundle", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, evidence_id: str) -> StreamingHttpResponse:
        """The file. That it was fetched stands in the trail."""
        bundle = actions.hand_out_evidence(ids.wanted(EXPORT_PREFIX, evidence_id), actor=self.actor)
        return attachment(queries.pieces_of(bundle), name=queries.file_name(bundle), media_type=queries.media_type(bundle))
