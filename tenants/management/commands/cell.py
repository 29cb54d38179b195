"""`manage.py cell list`: the places where tenants live."""

from kernel.commands import OperatorCommand, Options, Outcome
from tenants import documents, queries
from tenants.management import tables


class Command(OperatorCommand):
    """Look at the cells; they are made from CELL_DATABASE_URLS by `manage.py setup`.

    Exit codes: 0 done, 1 error, 2 wrong usage.
    """

    help = "List the cells and how full they are."

    def declare(self) -> None:
        """The verbs."""
        self.verb("list", self.list, help_text="List the cells by name.")

    def list(self, options: Options) -> Outcome:
        """All cells."""
        del options
        rows = queries.cells()
        return Outcome({"cells": [documents.of_cell(row) for row in rows]}, tables.of_cells(rows))
