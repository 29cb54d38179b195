"""Ends that take too long: deletions without their final copy, erasures that did not finish, archivings that hang. For `manage.py doctor`."""

from collections.abc import Iterator
from datetime import timedelta

from kernel import clock
from tenants import queries
from tenants.models import Tenant
from tenants.placement.findings import Finding, Level

COPY_PATIENCE = timedelta(hours=1)
ERASURE_PATIENCE = timedelta(days=1)
ARCHIVING_PATIENCE = timedelta(hours=6)


def findings() -> Iterator[Finding]:
    """One finding per tenant whose end is overdue, or one that says that none is."""
    found = [finding for tenant in queries.deleting_tenants() if (finding := _of_deletion(tenant))]
    found += [finding for tenant in queries.stuck_archivings() if (finding := _of_archiving(tenant))]
    yield from found or [Finding("ends of tenants", Level.OK, "No deletion, erasure or archiving is overdue.")]


def _of_deletion(tenant: Tenant) -> Finding | None:
    now = clock.now()
    if tenant.delete_after is not None and tenant.delete_after + ERASURE_PATIENCE < now:
        return Finding(
            f"tenant {tenant.slug}",
            Level.FAIL,
            "Its grace time is over and it is not erased.",
            f"Look at its operation, then `manage.py tenant purge {tenant.slug} --yes-i-mean {tenant.slug}`.",
        )
    if not tenant.is_being_erased and queries.lacks_final_copy(tenant) and tenant.state_since + COPY_PATIENCE < now:
        return Finding(
            f"tenant {tenant.slug}",
            Level.WARN,
            "It is being deleted and has no final copy; without one it is not erased.",
            f"Look at its operation, then `manage.py tenant delete {tenant.slug} --yes-i-mean {tenant.slug} --reason …` once more.",
        )
    return None


def _of_archiving(tenant: Tenant) -> Finding | None:
    if tenant.state_since + ARCHIVING_PATIENCE > clock.now():
        return None
    return Finding(
        f"tenant {tenant.slug}",
        Level.WARN,
        "It has been shut off for hours to be archived.",
        "Look at its operation: resume it, or cancel it and the tenant goes on where it was.",
    )
