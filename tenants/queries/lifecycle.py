"""Reading how tenants end: what a deletion will take, who waits to be erased, what is at work, what was proven."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from kernel import clock
from operations import queries as operations
from operations.models import Operation
from tenants import contents, tenant_settings
from tenants.contents import Contents
from tenants.domains.releasing import QUARANTINE
from tenants.models import ANSWERING, Backup, BackupKind, BackupState, Domain, Erasure, Tenant, TenantState
from tenants.problems import NotErased

ARCHIVING = "tenants.archive"
UNARCHIVING = "tenants.unarchive"
FINAL_COPY = "tenants.final_copy"
PURGING = "tenants.purge"
BULK = "tenants.bulk"
"""The kinds of the operations, and the names of the tasks, of a tenant's end."""


@dataclass(frozen=True, slots=True)
class DeletionPreview:
    """What deleting a tenant will take, when, and what stays until when.

    `contents` is what lies in its place now; an archived tenant has no place, its copy counts (`archived_rows`). `backups` go with the erasure,
    the final one stays until `final_copy_until`. `hosts` stop answering at once and are kept from others until `hosts_kept_until`.
    """

    tenant: Tenant
    contents: Contents
    archived_rows: int
    hosts: list[str]
    backups: list[Backup]
    grace_days: int
    delete_after: datetime
    final_copy_until: datetime
    hosts_kept_until: datetime


def deletion_preview(tenant: Tenant) -> DeletionPreview:
    """What would go if the tenant was deleted now, or what will go if it is being deleted. Its place is counted, which reads all of it once."""
    grace_days = int(tenant_settings.value(tenant, "deletion_grace_days"))
    delete_after = tenant.delete_after or clock.now() + timedelta(days=grace_days)
    archive = archive_of(tenant.id)
    return DeletionPreview(
        tenant=tenant,
        contents=contents_of(tenant),
        archived_rows=0 if archive is None else archive.row_count,
        hosts=list(Domain.objects.filter(tenant=tenant, state__in=ANSWERING).order_by("host").values_list("host", flat=True)),
        backups=list(Backup.objects.filter(tenant=tenant, state=BackupState.READY).order_by("id")),
        grace_days=grace_days,
        delete_after=delete_after,
        final_copy_until=copy_kept_until(tenant, since=delete_after),
        hosts_kept_until=delete_after + QUARANTINE,
    )


def contents_of(tenant: Tenant) -> Contents:
    """What lies in a tenant's place; nothing for an archived or purged one."""
    if TenantState.ARCHIVED in {tenant.state, tenant.previous_state} or tenant.state == TenantState.PURGED:
        return Contents()
    return contents.of(tenant.ref())


def copy_kept_until(tenant: Tenant, *, since: datetime) -> datetime:
    """When the final copy of a tenant that is erased at `since` expires."""
    return since + timedelta(days=int(tenant_settings.value(tenant, "backup_keep_days")))


def deleting_tenants(*, q: str = "") -> QuerySet[Tenant]:
    """Tenants in their grace time, and those that are being erased; the one that is next comes first."""
    found = Tenant.objects.prefetch_related("domains").filter(state=TenantState.DELETING)
    if q:
        found = found.filter(slug__icontains=q) | found.filter(name__icontains=q)
    return found.order_by("delete_after", "id")


def due_for_purge(at: datetime) -> list[Tenant]:
    """Tenants whose grace time is over, and of whom a final copy exists where there was anything to copy; the longest overdue first."""
    overdue = Tenant.objects.filter(state=TenantState.DELETING, delete_after__lte=at).exclude(previous_state="")
    return [tenant for tenant in overdue.order_by("delete_after", "id") if not lacks_final_copy(tenant)]


def lacks_final_copy(tenant: Tenant) -> bool:
    """Whether a tenant that is being deleted still needs its final copy; one that was never finished has nothing to copy."""
    return has_contents(tenant) and final_copy_of(tenant) is None


def has_contents(tenant: Tenant) -> bool:
    """Whether a tenant, before its deletion began, had anything that a copy could hold."""
    return tenant.previous_state in {TenantState.ACTIVE, TenantState.SUSPENDED, TenantState.ARCHIVED}


def final_copy_of(tenant: Tenant) -> Backup | None:
    """The good copy that was taken for the present deletion; for a tenant that was archived before, its archived one."""
    if tenant.previous_state == TenantState.ARCHIVED:
        return archive_of(tenant.id)
    taken = Backup.objects.filter(tenant=tenant, kind=BackupKind.FINAL, state=BackupState.READY)
    return taken.filter(taken_at__gte=tenant.state_since, verified_at__isnull=False).order_by("-id").first()


def archive_of(tenant_id: UUID) -> Backup | None:
    """The newest good copy that a tenant was archived as."""
    return Backup.objects.filter(tenant_id=tenant_id, kind=BackupKind.ARCHIVE, state=BackupState.READY).order_by("-id").first()


def copy_taken(tenant_id: UUID, *, kind: BackupKind, since: datetime) -> Backup | None:
    """The copy that an operation begun at `since` has taken already, if it has."""
    taken = Backup.objects.filter(tenant_id=tenant_id, kind=kind, state=BackupState.READY, taken_at__gte=since)
    return taken.order_by("-id").first()


def at_work_on(tenant: Tenant, *, kind: str) -> Operation | None:
    """The newest operation of a kind about a tenant, over or not. Platform is active."""
    return operations.operations(kind=kind).filter(subject=tenant.public_id).order_by("-id").first()


def archiving_of(tenant: Tenant) -> Operation | None:
    """The operation that is archiving a tenant now. Platform is active."""
    return _open(at_work_on(tenant, kind=ARCHIVING))


def unarchiving_of(tenant: Tenant) -> Operation | None:
    """The operation that is bringing an archived tenant back now. Platform is active."""
    return _open(at_work_on(tenant, kind=UNARCHIVING))


def stuck_archivings() -> QuerySet[Tenant]:
    """Tenants that are shut off because they are being archived, the longest first."""
    return Tenant.objects.filter(state=TenantState.SUSPENDED).exclude(previous_state="").order_by("state_since")


def erasure(tenant: Tenant) -> Erasure:
    """The proof that a tenant was erased. Raises NotErased."""
    found = Erasure.objects.select_related("tenant").filter(tenant=tenant).first()
    if found is None:
        raise NotErased(f"{tenant.slug} is {tenant.state}; there is a proof once a tenant is purged.", state=tenant.state)
    return found


def purged_tenants(*, q: str = "") -> QuerySet[Tenant]:
    """The tombstones with their proofs (`.erasure`), those of the newest tenants first; `q` is part of a slug."""
    found = Tenant.objects.select_related("erasure").filter(state=TenantState.PURGED, erasure__isnull=False).order_by("-id")
    return found.filter(slug__icontains=q) if q else found


def _open(found: Operation | None) -> Operation | None:
    return found if found is not None and not found.is_over else None
