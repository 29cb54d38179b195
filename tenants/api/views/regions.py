"""Regions over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import actions, documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered, given
from tenants.models import Region
from tenants.permissions import Permission

REGION = {
    "code": "eu",
    "jurisdiction": "EU",
    "label": "Frankfurt",
    "cell_count": 2,
    "version": 1,
    "created_at": "2026-01-31T12:00:00.000000Z",
}


class Regions(View):
    """The places on earth where cells lie."""

    access = {"GET": Permission.READ_CELLS, "POST": Permission.WRITE_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="List regions",
        parameters=[shapes.RegionQuery],
        responses=page_of(shapes.RegionOut),
        examples=[answered("One region", {"data": [REGION], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponse:
        """Regions by code, with their jurisdiction."""
        query = self.query(shapes.RegionQuery)
        return self.shaped_page(queries.regions(q=query["q"]), query=query, shapes=_documents, key="code")

    @extend_schema(
        tags=["Cells"],
        summary="Add a region",
        request=shapes.RegionIn,
        responses={201: shapes.RegionOut},
        examples=[
            given("A region", {"code": "eu", "jurisdiction": "EU", "label": "Frankfurt"}),
            answered("Added", {**REGION, "cell_count": 0}, status=201),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        """Make a region that cells can lie in. Residency rules are about its jurisdiction."""
        region = actions.add_region(**self.parse(shapes.RegionIn), actor=self.actor)
        document = documents.of_region(region, cell_count=0)
        return self.answer(document, status=201, version=region.version, location=f"/v1/regions/{region.code}")


class OneRegion(View):
    """One region."""

    access = {"GET": Permission.READ_CELLS, "PATCH": Permission.WRITE_CELLS, "DELETE": Permission.WRITE_CELLS}

    @extend_schema(tags=["Cells"], summary="Read a region", responses=shapes.RegionOut, examples=[answered("A region", REGION)])
    def get(self, request: Request, region: str) -> HttpResponse:
        """One region, with its ETag."""
        found = queries.region(region)
        return self.answer(_documents([found])[0], version=found.version)

    @extend_schema(
        tags=["Cells"],
        summary="Change a region",
        request=shapes.RegionChange,
        responses=shapes.RegionOut,
        examples=[given("Another label", {"label": "Paris"}), answered("Changed", {**REGION, "label": "Paris", "version": 2})],
    )
    def patch(self, request: Request, region: str) -> HttpResponse:
        """Change the label or the jurisdiction; the latter is refused while tenants there rely on it."""
        change = self.parse(shapes.RegionChange)
        found = actions.change_region(
            region,
            jurisdiction=change.get("jurisdiction"),
            label=change.get("label"),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(_documents([found])[0], version=found.version)

    @extend_schema(tags=["Cells"], summary="Remove a region", responses={204: None})
    def delete(self, request: Request, region: str) -> HttpResponse:
        """Take a region without cells and backups out of the registry."""
        actions.remove_region(region, expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


def _documents(rows: list[Region]) -> list[dict[str, object]]:
    counts = queries.cells_per_region()
    return [documents.of_region(row, cell_count=counts.get(row.code, 0)) for row in rows]
