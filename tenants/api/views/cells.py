"""Cells over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.permissions import Permission

CELL = {
    "name": "eu-1",
    "region": "eu",
    "jurisdiction": "EU",
    "kind": "shared",
    "state": "open",
    "capacity": 1000,
    "tenant_count": 3,
    "spare_count": 2,
    "leftover_count": 0,
    "is_in_settings": False,
    "version": 1,
    "created_at": "2026-01-31T12:00:00.000000Z",
}
FINDING = {
    "check": "moves",
    "level": "warn",
    "detail": "wal_level is replica; set it to logical.",
    "fix": "Mend it before you drain a cell.",
}


class Cells(View):
    """The places where tenants live."""

    access = {"GET": Permission.READ_CELLS, "POST": Permission.WRITE_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="List cells",
        parameters=[shapes.CellQuery],
        responses=page_of(shapes.CellOut),
        examples=[answered("One cell", {"data": [CELL], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Cells by name, with how full they are."""
        query = self.query(shapes.CellQuery)
        found = queries.cells(q=query["q"], state=query["state"], kind=query["kind"], region=query["region"])
        return self.shaped_page(
            found, query=query, shapes=lambda rows: [documents.of_cell(load) for load in queries.loads(rows)], key="name"
        )

    @extend_schema(
        tags=["Cells"],
        summary="Add a cell",
        request=shapes.CellIn,
        responses={201: shapes.CellOut},
        examples=[
            given("On another server", {"name": "eu-1", "region": "eu", "url": "postgres://freehold:…@db.eu.example.com/eu_1"}),
            answered("Added", {**CELL, "tenant_count": 0, "spare_count": 0}, status=201),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a database a cell: it must answer, be empty and ours alone. Every running process finds it at once."""
        cell = actions.add_cell(**self.parse(shapes.CellIn), actor=self.actor)
        load = queries.load(cell.name)
        return self.answer(documents.of_cell(load), status=201, version=load.version, location=f"/v1/cells/{cell.name}")


class OneCell(View):
    """One cell."""

    access = {"GET": Permission.READ_CELLS, "PATCH": Permission.WRITE_CELLS, "DELETE": Permission.WRITE_CELLS}

    @extend_schema(tags=["Cells"], summary="Read a cell", responses=shapes.CellOut, examples=[answered("A cell", CELL)])
    def get(self, request: Request, cell: str) -> HttpResponse:
        """One cell, with its ETag."""
        return _shown(self, cell)

    @extend_schema(
        tags=["Cells"],
        summary="Change a cell",
        request=shapes.CellChange,
        responses=shapes.CellOut,
        examples=[given("More room", {"capacity": 1200}), answered("Changed", {**CELL, "capacity": 1200, "version": 2})],
    )
    def patch(self, request: Request, cell: str) -> HttpResponse:
        """Change capacity, kind, region or address. At a new address the same tenants must be found."""
        change = self.parse(shapes.CellChange)
        wanted = {name: change.get(name) for name in ("capacity", "kind", "region", "url")}
        actions.change_cell(cell, **wanted, expected_version=self.expected_version(), actor=self.actor)
        return _shown(self, cell)

    @extend_schema(tags=["Cells"], summary="Remove a cell", responses={204: None})
    def delete(self, request: Request, cell: str) -> HttpResponse:
        """Take an empty cell out of the registry. Its database stays."""
        actions.remove_cell(cell, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class Draining(View):
    """A cell's draining: it takes no new tenants, or it does."""

    access = {"PUT": Permission.WRITE_CELLS, "DELETE": Permission.WRITE_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="Drain a cell",
        request=shapes.DrainingIn,
        responses={200: shapes.DrainedOut, 202: shapes.DrainedOut},
        examples=[
            given("Move all away", {"to": "auto"}),
            answered("Draining", {**CELL, "state": "draining", "operation": "op_06f0kt8m1wfvx5r2c9h3qjz4ad"}, status=202),
        ],
    )
    def put(self, request: Request, cell: str) -> HttpResponse:
        """Let a cell take no new tenants, and move those that it has where `to` says."""
        drained = actions.drain_cell(
            cell, to=self.parse(shapes.DrainingIn)["to"], expected_version=self.expected_version(), actor=self.actor
        )
        load, operation = queries.load(cell), drained.operation
        document = {**documents.of_cell(load), "operation": None if operation is None else operation.public_id}
        if operation is None:
            return self.answer(document, version=load.version)
        return self.answer(document, status=202, version=load.version, location=f"/v1/operations/{operation.public_id}")

    @extend_schema(tags=["Cells"], summary="Open a drained cell", responses=shapes.CellOut, examples=[answered("Open", CELL)])
    def delete(self, request: Request, cell: str) -> HttpResponse:
        """Let the cell take tenants again. Moves that are under way go on; cancel their operation to stop them."""
        actions.open_cell(cell, expected_version=self.expected_version(), actor=self.actor)
        return _shown(self, cell)


class Closing(View):
    """A cell's closing: it is out of use, or it is not."""

    access = {"PUT": Permission.WRITE_CELLS, "DELETE": Permission.WRITE_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="Close a cell",
        request=None,
        responses=shapes.CellOut,
        examples=[answered("Closed", {**CELL, "state": "closed", "tenant_count": 0})],
    )
    def put(self, request: Request, cell: str) -> HttpResponse:
        """Take an empty cell out of use; probes leave it out from then on."""
        actions.close_cell(cell, expected_version=self.expected_version(), actor=self.actor)
        return _shown(self, cell)

    @extend_schema(tags=["Cells"], summary="Open a closed cell", responses=shapes.CellOut, examples=[answered("Open", CELL)])
    def delete(self, request: Request, cell: str) -> HttpResponse:
        """Let the cell take tenants again."""
        actions.open_cell(cell, expected_version=self.expected_version(), actor=self.actor)
        return _shown(self, cell)


class Check(View):
    """How a cell is."""

    access = {"GET": Permission.READ_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="Check a cell",
        responses=shapes.CellCheckOut,
        examples=[
            answered(
                "A warning", {"cell": "eu-1", "level": "warn", "findings": [FINDING], "asked_at": "2026-01-31T12:00:00.000000Z"}
            )
        ],
    )
    def get(self, request: Request, cell: str) -> HttpResponse:
        """Look at the cell now: reachable, version, login, settings of the server, schemas, ability to move tenants."""
        return self.answer(documents.of_check(actions.check_cell(cell, actor=self.actor)))


class Capacity(View):
    """How full a cell is."""

    access = {"GET": Permission.READ_CELLS}

    @extend_schema(tags=["Cells"], summary="Measure a cell", responses=shapes.CellCapacityOut)
    def get(self, request: Request, cell: str) -> HttpResponse:
        """Measure the cell now: tenants, bytes on disk, catalog, connections and what they may take in memory."""
        return self.answer(documents.of_capacity(actions.measure_cell(cell, actor=self.actor)))


def _shown(view: View, name: str) -> HttpResponse:
    load = queries.load(name)
    return view.answer(documents.of_cell(load), version=load.version)
