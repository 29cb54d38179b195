"""Copies of tenants, and the proof that one was erased."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from kernel import clock, ids
from tenants.models.tenant import Tenant


class BackupKind(StrEnum):
    """Why a copy was taken: because somebody asked, by the timetable, before an archived tenant's schema was dropped, or before a purge."""

    MANUAL = "manual"
    SCHEDULED = "scheduled"
    ARCHIVE = "archive"
    FINAL = "final"


class BackupState(StrEnum):
    """Being written, complete, given up, or removed because its time was over."""

    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"
    REMOVED = "removed"


class Backup(models.Model):
    """One copy of one tenant in one file. `path` is relative to the backup folder of its region; `verify_ms` is how long a restore took when it was tried."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="backups")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=16, default=BackupState.WRITING.value)
    cell = models.CharField(max_length=63)
    region = models.CharField(max_length=40)
    path = models.CharField(max_length=300)
    manifest_sha256 = models.CharField(max_length=64, blank=True, default="")
    table_count = models.PositiveIntegerField(default=0)
    row_count = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    lsn = models.CharField(max_length=32, blank=True, default="")
    taken_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    verify_ms = models.PositiveIntegerField(null=True)
    fault = models.CharField(max_length=500, blank=True, default="")
    version = models.PositiveBigIntegerField(default=1)

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "expires_at"], name="tenants_backups_expiring")]

    def __str__(self) -> str:
        return self.path

    @property
    def public_id(self) -> str:
        """The id as people see it."""
        return ids.show("bak", self.id)


class Erasure(models.Model):
    """Proof that a tenant was purged: what was removed, what still exists until when. `sha256` is over the canonical text of `proof`."""

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, primary_key=True, related_name="erasure")
    proof = models.JSONField()
    sha256 = models.CharField(max_length=64)
    purged_at = models.DateTimeField(default=clock.now)
    last_backup_expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-purged_at",)

    def __str__(self) -> str:
        return self.sha256
