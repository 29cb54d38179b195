"""The journal of erasures: whom a tenant's trail was told to forget. It stands in home, so that no copy of a tenant is older than it.

A copy that was taken before a person was forgotten still holds the person's key. Whoever restores one destroys these keys again before the
tenant opens. The references are opaque (`usr_…`); nothing personal stands here.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from audit import actions as audit
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.models import ForgottenPerson


def note(tenant_id: UUID, ref: str) -> None:
    """Note that a tenant's trail forgets a person; `ref` has 80 characters at most. Idempotent.

    To be called before the key is destroyed: a note too many costs nothing, a key that comes back with a copy is a broken promise.
    """
    with transaction.atomic(using=tenancy.HOME):
        ForgottenPerson.objects.get_or_create(tenant_id=tenant_id, ref=ref)


def refs(tenant_id: UUID) -> list[str]:
    """Whom a tenant's trail has forgotten, oldest first."""
    found = ForgottenPerson.objects.filter(tenant_id=tenant_id).order_by("forgotten_at", "id")
    return list(found.values_list("ref", flat=True))


def replay(ref: TenantRef, *, journals: Iterable[UUID]) -> int:
    """Destroy again what came back into a place with a copy: the keys of everybody whom one of these tenants has forgotten; returns how many.

    For a copy under a new name the journal of the original counts. Idempotent; to be called before the tenant opens.
    """
    gone = sorted({one for tenant_id in journals for one in refs(tenant_id)})
    if not gone:
        return 0
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        return audit.forget_again(gone)
