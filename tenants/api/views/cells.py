"""Cells over HTTP."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from kernel.api.schema import page_of
from kernel.api.views import View
from tenants import documents, queries
from tenants.api import serializers as shapes
from tenants.api.views.parts import answered
from tenants.permissions import Permission


class Cells(View):
    """The places where tenants live."""

    access = {"GET": Permission.READ_CELLS}

    @extend_schema(
        tags=["Cells"],
        summary="List cells",
        responses=page_of(shapes.CellOut),
        examples=[
            answered(
                "One cell",
                {
                    "data": [{"name": "cell-1", "region": "local", "state": "open", "capacity": 1000, "tenant_count": 3}],
                    "has_more": False,
                    "next_cursor": None,
                },
            )
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """All cells by name, with how full they are; always one page."""
        return self.answer({"data": [documents.of_cell(cell) for cell in queries.cells()], "has_more": False, "next_cursor": None})
