"""What can happen to the actions of the vendor's product."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductActionRegistered(Event):
    """From now on the product may tell tenants' trails of this action, or of this version of it."""

    name = "tenants.product_action.registered"
    category = "configuration"
    severity = 2
    subject_kind = "product_action"

    action: str
    action_version: int
    action_category: str
    personal_fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductActionRetired(Event):
    """The product may no longer tell of this version of the action."""

    name = "tenants.product_action.retired"
    category = "configuration"
    severity = 2
    subject_kind = "product_action"

    action: str
    action_version: int
