"""Reading service accounts."""

from uuid import UUID

from django.db.models import Q, QuerySet

from identity import texts
from identity.models import ServiceAccount
from identity.problems import ServiceAccountNotFound


def service_accounts(q: str = "", status: str = "") -> QuerySet[ServiceAccount]:
    """The tenant's service accounts with their roles; `q` is part of a name or a label, `status` active, suspended or deactivated."""
    found = ServiceAccount.objects.prefetch_related("bindings__role")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(label__icontains=q))
    return found.filter(status=status) if status else found


def service_account(id: UUID) -> ServiceAccount:  # noqa: A002
    """One service account with its roles. Raises ServiceAccountNotFound."""
    return _one_account(service_accounts().filter(id=id))


def service_account_by_name(name: str) -> ServiceAccount:
    """One service account by its name. Raises ServiceAccountNotFound."""
    return _one_account(service_accounts().filter(name=name) if texts.is_storable(name) else ServiceAccount.objects.none())


def service_account_for_update(id: UUID) -> ServiceAccount:  # noqa: A002
    """One service account, locked until the transaction ends. Raises ServiceAccountNotFound."""
    return _one_account(ServiceAccount.objects.select_for_update().filter(id=id))


def _one_account(found: QuerySet[ServiceAccount]) -> ServiceAccount:
    row = found.first()
    if row is None:
        raise ServiceAccountNotFound("Look it up in the list of service accounts: there is no such account here.")
    return row
