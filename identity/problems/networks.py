"""What can be refused about networks."""

from kernel.problems import Conflict, NotFound


class WouldLockOut(Conflict):
    """After this change the caller's own address would be refused; `address` tells which address was seen."""

    type = "would-lock-out"
    title = "You would lock yourself out"


class NetworkNotFound(NotFound):
    """There is no such network rule in this tenant."""

    type = "network-not-found"
    title = "No such network rule"


class NetworkTaken(Conflict):
    """The same block is listed already for the same people."""

    type = "network-taken"
    title = "The network is listed already"


class TooManyNetworks(Conflict):
    """A list holds at most `limit` blocks."""

    type = "too-many-networks"
    title = "The list of networks is full"
