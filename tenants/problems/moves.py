"""What can be refused about moving a tenant to another cell."""

from kernel.problems import Conflict


class AlreadyThere(Conflict):
    """The tenant lives in this cell already."""

    type = "tenant-already-there"
    title = "The tenant is there already"


class MoveRunning(Conflict):
    """The tenant is on its way to another cell; `operation` tells which move that is."""

    type = "move-running"
    title = "The tenant is being moved elsewhere"


class MoveImpossible(Conflict):
    """A database lacks what a move needs, or the tenant's tables cannot be followed; `hindrances` lists all of it."""

    type = "move-impossible"
    title = "The tenant cannot be moved between these cells"


class MoveHeldUp(Conflict):
    """The tenant never stood still for long enough: somebody kept writing in one long transaction, or the new cell did not catch up."""

    type = "move-held-up"
    title = "The tenant could not be stopped for the moment of the change"


class MoveBroken(Conflict):
    """Copying to the new cell failed for good; the tenant stays where it is."""

    type = "move-broken"
    title = "The tenant's rows cannot be copied to the new cell"


class MoveDiffers(Conflict):
    """The tenant lives in the new cell, but not every table has the same rows as the old place; `tables` lists them. The old place is kept."""

    type = "move-differs"
    title = "The new place is not like the old one"
