"""What can be refused about cells and regions."""

from kernel.problems import Conflict, Invalid, NotFound


class NoCell(Conflict):
    """No cell takes this tenant: none is open where it must lie, or all of them are full."""

    type = "no-cell"
    title = "There is no room for another tenant"


class CellUnknown(Invalid):
    """There is no cell of this name, or it takes no tenants now; `errors` tells which."""

    type = "cell-unknown"
    title = "The cell cannot take this tenant"


class ResidencyForbids(Conflict):
    """The tenant's data must stay in one jurisdiction and the place lies in another; `residency` and `jurisdiction` name them."""

    type = "residency-forbids"
    title = "The tenant's data may not lie there"


class CellNotFound(NotFound):
    """There is no cell of this name."""

    type = "cell-not-found"
    title = "No such cell"


class CellTaken(Conflict):
    """A cell of this name exists already."""

    type = "cell-taken"
    title = "The name of the cell is taken"


class CellInUse(Conflict):
    """Tenants, spare places or leftovers lie in the cell; `tenants`, `spares` and `leftovers` count them."""

    type = "cell-in-use"
    title = "The cell is not empty"


class CellUnfit(Invalid):
    """The database cannot be a cell: it does not answer, is too old, is used by somebody else or lacks rights; `errors` tells which."""

    type = "cell-unfit"
    title = "The database cannot be a cell"


class RegionNotFound(NotFound):
    """There is no region of this code."""

    type = "region-not-found"
    title = "No such region"


class RegionTaken(Conflict):
    """A region of this code exists already."""

    type = "region-taken"
    title = "The code of the region is taken"


class RegionInUse(Conflict):
    """Cells lie in the region, or tenants rely on its jurisdiction; `cells` or `tenants` counts them."""

    type = "region-in-use"
    title = "The region is in use"


class NotEmptied(Conflict):
    """Some tenants could not be moved out of a cell; `refused` maps their slugs to the reasons, `moved` counts those that were moved."""

    type = "cell-not-emptied"
    title = "Not every tenant could be moved away"


class CopyImpossible(Conflict):
    """A read copy of the registry cannot be made, looked at or dropped the way things are."""

    type = "registry-copy"
    title = "The copy of the registry cannot be made or dropped"
