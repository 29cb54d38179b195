"""How long copies are kept, and how their files go."""

from datetime import datetime, timedelta

from kernel import clock
from tenants import tenant_settings
from tenants.backups import files
from tenants.models import Backup, BackupState, Tenant
from tenants.queries.backups import UNFINISHED_FOR, writing_backups

GIVEN_UP = "Its worker died while it was written."


def expiry_of(tenant: Tenant) -> datetime:
    """Until when a copy that is taken now is kept."""
    return clock.now() + timedelta(days=int(tenant_settings.value(tenant, "backup_keep_days")))


def remove(backup: Backup) -> None:
    """Remove a copy's file and mark its row, which stays as a record. Idempotent. The file goes first: a row never says less than there is."""
    files.remove(files.path_of(backup))
    backup.state = BackupState.REMOVED.value
    backup.version += 1
    backup.save(update_fields=("state", "version"))


def give_up_dead() -> list[Backup]:
    """Mark copies as failed whose worker died, and remove what it had written; those that were."""
    patience_s = UNFINISHED_FOR.total_seconds()
    given_up = []
    for backup in writing_backups().filter(taken_at__lt=clock.now() - UNFINISHED_FOR):
        idle_s = files.idle_s(files.path_of(backup))
        if idle_s is not None and idle_s < patience_s:
            continue
        marked = Backup.objects.filter(id=backup.id, state=BackupState.WRITING).update(
            state=BackupState.FAILED.value, fault=GIVEN_UP, version=backup.version + 1
        )
        if marked:
            files.remove(files.path_of(backup))
            given_up.append(backup)
    return given_up
