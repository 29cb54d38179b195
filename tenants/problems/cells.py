"""What can be refused about cells."""

from kernel.problems import Conflict, Invalid


class NoCell(Conflict):
    """No cell is open, or all open cells are full."""

    type = "no-cell"
    title = "There is no room for another tenant"


class CellUnknown(Invalid):
    """There is no cell of this name, or it takes no tenants."""

    type = "cell-unknown"
    title = "The cell cannot take this tenant"
