"""The copies of a tenant that is erased: all go but the final one, which is kept until the date that the proof states."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from tenants.backups import files
from tenants.models import Backup, BackupKind, BackupState, Tenant


def remove(tenant: Tenant, *, besides: UUID | None) -> int:
    """Remove the files of all copies but one and note it in their rows; returns how many. Idempotent."""
    removed = 0
    for backup in _others(tenant, besides=besides).exclude(state=BackupState.REMOVED).order_by("id"):
        files.remove(files.path_of(backup))
        backup.state = BackupState.REMOVED.value
        backup.version += 1
        backup.save(update_fields=("state", "version"))
        removed += 1
    return removed


def keep_as_final(backup: Backup, *, until: datetime) -> None:
    """Make a copy the tenant's last one: an archived tenant's has no end until now. Idempotent."""
    backup.kind = BackupKind.FINAL.value
    backup.expires_at = backup.expires_at or until
    backup.version += 1
    backup.save(update_fields=("kind", "expires_at", "version"))


def found(tenant: Tenant, *, besides: UUID | None) -> list[str]:
    """Copies that are still there though they should not be: rows that say so, and files."""
    rows = _others(tenant, besides=besides)
    return [
        f"copy {row.public_id}" for row in rows.order_by("id") if row.state != BackupState.REMOVED or files.path_of(row).exists()
    ]


def _others(tenant: Tenant, *, besides: UUID | None) -> QuerySet[Backup]:
    rows = Backup.objects.filter(tenant=tenant)
    return rows if besides is None else rows.exclude(id=besides)
