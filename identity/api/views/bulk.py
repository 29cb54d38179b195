"""Doors of changes to many people."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.bulk import reading
from identity.bulk.kinds import Kind
from identity.models import BulkRun
from identity.permissions import Permission
from kernel import ids
from kernel.api import parsing
from kernel.api.headers import attachment
from kernel.api.schema import page_of
from kernel.api.views import View

BULK = ["Bulk changes"]
CSV = "text/csv"
READ, WRITE = Permission.READ_PEOPLE, Permission.BULK_PEOPLE
BULK_EXAMPLE = OpenApiExample(
    "Two invitations",
    value={
        "kind": "invite",
        "rehearse": True,
        "rows": [
            {"email": "ada@acme.example", "name": "Ada Lovelace", "roles": ["admin"]},
            {"email": "bob@acme.example", "name": "Bob Example", "roles": "member", "teams": "support"},
        ],
    },
    request_only=True,
    media_type="application/json",
)
BULK_FILE_EXAMPLE = OpenApiExample(
    "The same as a file", value="email,name,roles,teams\nada@acme.example,Ada Lovelace,admin,\n", request_only=True, media_type=CSV
)
ACCEPTED = {202: shapes.BulkRunOut}


class _Runs(View):
    """What the views of runs share."""

    def found(self, bulk_id: str) -> BulkRun:
        """The run of an address. Raises NotFound."""
        return queries.bulk_run(ids.wanted("blk", bulk_id))

    def accepted(self, run: BulkRun) -> HttpResponseBase:
        """The answer for a run that has been queued."""
        document = documents.of_bulk_run(run, standing=queries.bulk_standing(run))
        return self.answer(document, status=202, location=f"/v1/people/bulk/{run.public_id}")


class BulkRuns(_Runs):
    """GET and POST /v1/people/bulk"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(tags=BULK, summary="List bulk changes", parameters=[shapes.BulkRunsQuery], responses=page_of(shapes.BulkRunOut))
    def get(self, request: Request) -> HttpResponseBase:
        """The tenant's changes to many people and their rehearsals, newest first."""
        query = self.query(shapes.BulkRunsQuery)
        return self.shaped_page(queries.bulk_runs(q=query["q"], kind=query["kind"]), query=query, shapes=shown)

    @extend_schema(
        tags=BULK,
        summary="Change many people",
        parameters=[shapes.BulkFileQuery],
        request={"application/json": shapes.PeopleBulkIn, CSV: OpenApiTypes.STR},
        responses=ACCEPTED,
        examples=[BULK_EXAMPLE, BULK_FILE_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Queue a change to up to 10,000 people, as JSON or as CSV of up to 5 MB, whose kind then stands in the address.

        The file is read at once and refused as a whole, with lines, when it cannot be meant as it stands; people are changed later, row by row.
        """
        given = from_file(self) if request._request.content_type == CSV else from_json(self)
        begin = actions.rehearse_bulk if given.pop("rehearse") else actions.start_bulk
        return self.accepted(begin(given.pop("kind"), **given, actor=self.actor))


class OneBulkRun(_Runs):
    """GET /v1/people/bulk/{id}"""

    access = {"GET": READ}

    @extend_schema(tags=BULK, summary="Show a bulk change", responses=shapes.BulkRunOut)
    def get(self, request: Request, bulk_id: str) -> HttpResponseBase:
        """How far it is, and how many rows have which outcome."""
        run = self.found(bulk_id)
        return self.answer(documents.of_bulk_run(run, standing=queries.bulk_standing(run)))


class BulkRunRows(_Runs):
    """GET /v1/people/bulk/{id}/rows"""

    access = {"GET": READ}

    @extend_schema(
        tags=BULK,
        summary="List the rows of a bulk change",
        parameters=[shapes.BulkRowsQuery],
        responses=page_of(shapes.BulkRowOut),
    )
    def get(self, request: Request, bulk_id: str) -> HttpResponseBase:
        """What was given and what came of it, in the order of the file."""
        query = self.query(shapes.BulkRowsQuery)
        rows = queries.bulk_rows(self.found(bulk_id), q=query["q"], outcome=query["outcome"])
        return self.shaped_page(rows, query=query, shapes=lambda items: [documents.of_bulk_row(row) for row in items], key="place")


class BulkRunFile(_Runs):
    """GET /v1/people/bulk/{id}/file"""

    access = {"GET": READ}

    @extend_schema(tags=BULK, summary="Fetch the results of a bulk change", responses={(200, CSV): OpenApiTypes.STR})
    def get(self, request: Request, bulk_id: str) -> HttpResponseBase:
        """All rows with their outcomes as CSV; no cell of it is a formula to a spreadsheet."""
        run = self.found(bulk_id)
        return attachment(queries.bulk_results(run), name=f"{run.public_id}.csv", media_type="text/csv; charset=utf-8")


class BulkRunExecution(_Runs):
    """POST /v1/people/bulk/{id}/execution"""

    access = {"POST": WRITE}

    @extend_schema(tags=BULK, summary="Do what was rehearsed", request=None, responses=ACCEPTED)
    def post(self, request: Request, bulk_id: str) -> HttpResponseBase:
        """Queue the rows of a finished rehearsal for real, as a run of its own."""
        return self.accepted(actions.execute_bulk(ids.wanted("blk", bulk_id), actor=self.actor))


class BulkRunUndo(_Runs):
    """POST /v1/people/bulk/{id}/undo"""

    access = {"POST": WRITE}

    @extend_schema(tags=BULK, summary="Take a bulk change back", request=None, responses=ACCEPTED)
    def post(self, request: Request, bulk_id: str) -> HttpResponseBase:
        """Queue that each person be as before; people who changed since stay as they are, and their rows say so."""
        return self.accepted(actions.undo_bulk(ids.wanted("blk", bulk_id), actor=self.actor))


def shown(runs: list[BulkRun]) -> list[dict[str, Any]]:
    """The shapes of a page of runs."""
    standings = queries.bulk_standings(runs)
    return [documents.of_bulk_run(run, standing=standings[run.id]) for run in runs]


def from_file(view: View) -> dict[str, Any]:
    """What a request with a CSV body asks for. Raises Invalid, TooLarge, BulkFileInvalid."""
    query = view.query(shapes.BulkFileQuery)
    kind = Kind(query["kind"])
    content = parsing.read_text(view.request._request, media_type=CSV, limit_bytes=reading.BYTES_MOST)
    return {**query, "kind": kind, "rows": reading.rows_of_csv(content, kind=kind)}


def from_json(view: View) -> dict[str, Any]:
    """What a request with a JSON body asks for. Raises Invalid, TooLarge, BulkFileInvalid."""
    document = parsing.read_json(view.request._request, limit_bytes=reading.BYTES_MOST)
    given = parsing.validated(shapes.PeopleBulkIn, data=document)
    kind = Kind(given["kind"])
    return {**given, "kind": kind, "rows": reading.rows_of_json(document["rows"], kind=kind)}
