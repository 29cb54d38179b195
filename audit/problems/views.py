"""What can be refused about saved views."""

from kernel.problems import Conflict, LimitReached, NotFound


class ViewNotFound(NotFound):
    """There is no such saved view, or it is somebody else's own."""

    type = "audit-view-not-found"
    title = "There is no such saved view"


class ViewNameTaken(Conflict):
    """Its maker has a saved view of this name already."""

    type = "audit-view-name-taken"
    title = "You have a saved view of this name"


class TooManyViews(LimitReached):
    """Somebody keeps as many saved views as one may; `limit` tells how many."""

    type = "audit-too-many-views"
    title = "There are too many saved views"
