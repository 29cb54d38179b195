"""What can be refused about anchors and receipts."""

from kernel.problems import Conflict, NotFound, Unavailable


class AnchorNotFound(NotFound):
    """There is no such anchor in this tenant."""

    type = "anchor-not-found"
    title = "There is no such anchor"


class ReceiptNotFound(NotFound):
    """There is no such receipt in this tenant."""

    type = "receipt-not-found"
    title = "There is no such receipt"


class AnchorNameTaken(Conflict):
    """Another anchor of this tenant has this name."""

    type = "anchor-name-taken"
    title = "The name of the anchor is taken"


class AnchorRefused(Unavailable):
    """An anchor answered, but did not take the checkpoint, or its receipt does not hold; `answer` begins what it said."""

    type = "anchor-refused"
    title = "The anchor did not take the checkpoint"
    status = 502
