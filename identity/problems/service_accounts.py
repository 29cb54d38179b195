"""What can be refused about service accounts."""

from kernel.problems import Conflict, NotFound


class ServiceAccountNotFound(NotFound):
    """There is no such service account in this tenant."""

    type = "service-account-not-found"
    title = "No such service account"


class ServiceAccountTaken(Conflict):
    """Another service account has this name."""

    type = "service-account-taken"
    title = "The service account's name is taken"


class ServiceAccountState(Conflict):
    """The service account's state does not allow it; `service_account_status` tells the present one."""

    type = "service-account-state"
    title = "The service account's state does not allow this"
