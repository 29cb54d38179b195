"""What can happen to copies of tenants. All of it stands in the trail of `platform`."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTaken(Event):
    """A tenant was copied into a file; `kind` tells why."""

    name = "tenants.backup.taken"
    public = True
    category = "data"
    subject_kind = "backup"

    tenant: str
    kind: str
    rows: int
    size_bytes: int
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFailed(Event):
    """A tenant could not be copied; `fault` tells why. It is tried again by the timetable."""

    name = "tenants.backup.failed"
    public = True
    category = "data"
    severity = MEDIUM
    subject_kind = "tenant"

    tenant: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChecked(Event):
    """A copy was restored for trial and holds everything; `elapsed_ms` is how long the restore took."""

    name = "tenants.backup.checked"
    public = True
    category = "data"
    subject_kind = "backup"

    tenant: str
    elapsed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRefuted(Event):
    """A copy was restored for trial and does not hold what it should; take another one at once."""

    name = "tenants.backup.refuted"
    public = True
    category = "data"
    severity = HIGH
    subject_kind = "backup"

    tenant: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupHandedOut(Event):
    """Somebody got a copy's file, and with it everything that the tenant had; `form` is `sealed` or `plain`."""

    name = "tenants.backup.handed_out"
    category = "data"
    severity = HIGH
    subject_kind = "backup"

    tenant: str
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTakenIn(Event):
    """A copy's file was brought in from elsewhere to be restored."""

    name = "tenants.backup.taken_in"
    category = "data"
    severity = MEDIUM
    subject_kind = "backup"

    tenant: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRemoved(Event):
    """A copy's file was removed: because its time was over (`expired`), or because somebody asked (`asked`)."""

    name = "tenants.backup.removed"
    public = True
    category = "data"
    severity = LOW
    subject_kind = "backup"

    tenant: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRequested(Event):
    """A tenant is being made from a copy, or its rows are being replaced by those of a copy (`way`: `new` or `replace`)."""

    name = "tenants.restore.requested"
    public = True
    category = "data"
    severity = HIGH
    subject_kind = "tenant"

    backup: str
    taken_at: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRestored(Event):
    """A tenant's rows were replaced by those of a copy. What it had before is kept in `old_schema` for some days; its trail ends there."""

    name = "tenants.tenant.restored"
    public = True
    category = "data"
    severity = HIGH
    subject_kind = "tenant"

    backup: str
    taken_at: str
    old_schema: str
    old_trail_entries: int
    old_trail_head: str
