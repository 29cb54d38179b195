"""What can be refused about periods and removals."""

from kernel.problems import Conflict, NotFound


class CategoryUnknown(NotFound):
    """There is no such category of entries."""

    type = "audit-category-unknown"
    title = "There is no such category"


class PresetUnknown(NotFound):
    """There is no such preset of periods."""

    type = "audit-preset-unknown"
    title = "There is no such preset"


class NothingToRemove(Conflict):
    """Nothing may be removed now; `waits` tells by month what keeps it."""

    type = "audit-nothing-to-remove"
    title = "There is nothing to remove"
