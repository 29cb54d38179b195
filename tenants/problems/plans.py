"""What can be refused about plans."""

from kernel.problems import Conflict, Invalid, NotFound


class PlanNotFound(NotFound):
    """There is no such plan."""

    type = "plan-not-found"
    title = "No such plan"


class PlanUnknown(Invalid):
    """A request names a plan that does not exist."""

    type = "plan-unknown"
    title = "There is no such plan"


class PlanTaken(Conflict):
    """There is a plan of this code already."""

    type = "plan-taken"
    title = "The plan exists already"


class PlanInUse(Conflict):
    """Tenants are on this plan, so that it cannot be removed; `tenants` tells how many."""

    type = "plan-in-use"
    title = "Tenants are on this plan"
