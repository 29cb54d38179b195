"""Reading about copies of tenants: which there are, which are due, which have had their time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from kernel import clock, ids
from tenants import tenant_settings
from tenants.models import Backup, BackupState, Tenant, TenantState
from tenants.problems import BackupNotFound
from tenants.states import HOUSED

BACKING_UP = "tenants.back_up"
CHECKING = "tenants.check_backup"
RESTORING = "tenants.restore"
REPLACING = "tenants.replace"
"""Kinds of operations about copies, which are the names of their tasks."""

FAILURE_PATIENCE = timedelta(hours=1)
UNFINISHED_FOR = timedelta(minutes=10)
"""How long a copy may be `writing` without a byte being written before it counts as given up."""


@dataclass(frozen=True, slots=True)
class Cover:
    """How well a tenant is covered: how often it should be copied (0: never), and when its newest good copy was taken."""

    tenant: Tenant
    every_hours: int
    newest_at: datetime | None
    began_at: datetime | None
    failed_at: datetime | None

    def is_due(self, moment: datetime) -> bool:
        """Whether another copy should be begun now; a tenant that has none is due at once, after a failure an hour is waited."""
        if not self.every_hours or (self.failed_at is not None and self.failed_at > moment - FAILURE_PATIENCE):
            return False
        return self.began_at is None or self.began_at <= moment - timedelta(hours=self.every_hours)

    def is_late(self, moment: datetime) -> bool:
        """Whether the newest good copy is older than twice the time that it should be."""
        patience = timedelta(hours=2 * self.every_hours)
        return bool(self.every_hours) and (self.newest_at or self.tenant.created_at) < moment - patience


def backups(*, q: str = "", tenant_id: UUID | None = None, state: str = "", kind: str = "") -> QuerySet[Backup]:
    """Copies with their tenants; `q` is part of the tenant's slug or name, `state` one of BackupState, `kind` one of BackupKind."""
    found = Backup.objects.select_related("tenant")
    if tenant_id is not None:
        found = found.filter(tenant_id=tenant_id)
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    if q:
        found = found.filter(Q(tenant__slug__icontains=q) | Q(tenant__name__icontains=q))
    return found


def backup(backup_id: UUID) -> Backup:
    """One copy with its tenant. Raises BackupNotFound."""
    return _one(backups().filter(id=backup_id), named=ids.show("bak", backup_id))


def backup_named(name: str) -> Backup:
    """One copy by its shown id. Raises BackupNotFound."""
    try:
        return backup(ids.parse("bak", name))
    except ValueError:
        raise BackupNotFound("Copies are named by their id here, such as bak_… in the list of backups.") from None


def backup_for_update(backup_id: UUID) -> Backup:
    """One copy, locked until the end of the transaction in home. Raises BackupNotFound."""
    return _one(backups().select_for_update(of=("self",)).filter(id=backup_id), named=ids.show("bak", backup_id))


def newest_good(tenant_id: UUID) -> Backup | None:
    """The newest copy of a tenant that can be read and was not refuted; None when there is none."""
    return backups(tenant_id=tenant_id, state=BackupState.READY).filter(fault="").order_by("-taken_at").first()


def covers(*, tenant_id: UUID | None = None) -> list[Cover]:
    """How well each tenant that lives is covered, or one of them, oldest tenant first."""
    ready = Q(backups__state=BackupState.READY, backups__fault="")
    begun = Q(backups__state__in=(BackupState.READY, BackupState.WRITING))
    rows = (
        Tenant.objects.filter(state__in=HOUSED, **({} if tenant_id is None else {"id": tenant_id}))
        .select_related("plan", "cell")
        .annotate(
            newest_at=Max("backups__taken_at", filter=ready),
            began_at=Max("backups__taken_at", filter=begun),
            failed_at=Max("backups__taken_at", filter=Q(backups__state=BackupState.FAILED)),
        )
        .order_by("id")
    )
    return [
        Cover(row, int(tenant_settings.value(row, "backup_every_hours")), row.newest_at, row.began_at, row.failed_at)
        for row in rows
    ]


def due_tenants() -> list[Tenant]:
    """Tenants whose next copy is due, those that waited longest first."""
    moment = clock.now()
    due = [cover for cover in covers() if cover.is_due(moment)]
    return [cover.tenant for cover in sorted(due, key=lambda cover: cover.began_at or cover.tenant.created_at)]


def late_covers() -> list[Cover]:
    """Tenants whose newest good copy is much older than it should be."""
    moment = clock.now()
    return [cover for cover in covers() if cover.is_late(moment)]


def expired_backups() -> list[Backup]:
    """Copies whose time is over, oldest first; of a tenant that is not erased, the newest good one stays."""
    over = backups().filter(state__in=(BackupState.READY, BackupState.FAILED), expires_at__lte=clock.now()).order_by("expires_at")
    return [row for row in over if row.tenant.state == TenantState.PURGED or not is_last(row)]


def is_last(row: Backup) -> bool:
    """Whether a copy is the newest good one of its tenant."""
    newest = newest_good(row.tenant_id)
    return newest is not None and newest.id == row.id


def writing_backups() -> QuerySet[Backup]:
    """Copies that are being written, or were when their worker died."""
    return backups(state=BackupState.WRITING).order_by("id")


def refuted_backups() -> QuerySet[Backup]:
    """Copies that a trial found damaged and that are still there."""
    return backups(state=BackupState.READY).exclude(fault="")


def _one(found: QuerySet[Backup], *, named: str) -> Backup:
    row = found.first()
    if row is None:
        raise BackupNotFound(f"There is no copy {named}. List the backups to find it.")
    return row
