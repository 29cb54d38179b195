"""Reading the actions of the vendor's product."""

from uuid import UUID

from django.db.models import Q, QuerySet

from tenants.models import ProductAction
from tenants.problems import ProductActionNotFound


def product_actions(*, q: str = "") -> QuerySet[ProductAction]:
    """All versions by name, newest first; `q` is part of a name or a title."""
    found = ProductAction.objects.order_by("name", "-version")
    return found.filter(Q(name__icontains=q) | Q(title__icontains=q)) if q else found


def product_action(action_id: UUID) -> ProductAction:
    """One version. Raises ProductActionNotFound."""
    return _found(ProductAction.objects.filter(id=action_id))


def product_action_named(name: str, *, version: int | None = None) -> ProductAction:
    """One version by name; without a number the newest that has not ended, else the newest. Raises ProductActionNotFound."""
    of_name = ProductAction.objects.filter(name=name).order_by("-version")
    if version is not None:
        return _found(of_name.filter(version=version))
    return of_name.filter(retired_at=None).first() or _found(of_name)


def versions_for_update(name: str) -> list[ProductAction]:
    """All versions of one action, newest first, locked until the end of the transaction in home."""
    return list(ProductAction.objects.select_for_update().filter(name=name).order_by("-version"))


def _found(rows: QuerySet[ProductAction]) -> ProductAction:
    found = rows.first()
    if found is None:
        raise ProductActionNotFound("List the product's actions to find it, or register it first.")
    return found
