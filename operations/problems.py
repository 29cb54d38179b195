"""What can be refused."""

from kernel.problems import Conflict, NotFound


class OperationNotFound(NotFound):
    """There is no such operation in this tenant."""

    type = "operation-not-found"
    title = "There is no such operation"


class OperationEnded(Conflict):
    """The operation is over; it can neither be cancelled nor resumed. `state` tells how it ended."""

    type = "operation-ended"
    title = "The operation is already over"


class OperationCancelled(Conflict):
    """The operation was cancelled while it ran; its worker stops at the next step."""

    type = "operation-cancelled"
    title = "The operation was cancelled"
