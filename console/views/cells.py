"""Cells: where tenants live."""

from django.http import HttpResponse

from console.views.base import Page
from tenants import queries
from tenants.permissions import Permission


class Cells(Page):
    """All cells and how full they are."""

    access = {"GET": Permission.READ_CELLS}
    template = "console/pages/cells.html"
    title = "Cells"

    def get(self) -> HttpResponse:
        """The page."""
        return self.page({"cells": queries.loads(queries.cells())})
