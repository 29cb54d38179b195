"""What can be refused about actions of the vendor's product."""

from kernel.problems import NotFound


class ProductActionNotFound(NotFound):
    """No action of this name is registered for the product, or not this version of it."""

    type = "product-action-not-found"
    title = "No such action of the product"
