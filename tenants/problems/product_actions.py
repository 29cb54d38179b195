"""What can be refused about actions of the vendor's product."""

from kernel.problems import Conflict, NotFound


class ProductActionNotFound(NotFound):
    """No action of this name is registered for the product, or not this version of it."""

    type = "product-action-not-found"
    title = "No such action of the product"


class ProductActionEnded(Conflict):
    """A version of an action was retired; entries that tell of it stay as they are."""

    type = "product-action-ended"
    title = "This version of the action has ended"
