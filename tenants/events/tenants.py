"""What can happen to tenants and their domains. All of it stands in the trail of `platform`."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRequested(Event):
    """A tenant was asked for; its place is being made."""

    name = "tenants.tenant.requested"
    public = True
    category = "tenancy"
    subject_kind = "tenant"

    slug: str
    cell: str
    plan: str = ""
    residency: str = ""
    from_spare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantActivated(Event):
    """A tenant's place is complete and it answers at its addresses."""

    name = "tenants.tenant.activated"
    public = True
    category = "tenancy"
    subject_kind = "tenant"

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningFailed(Event):
    """Making a tenant's place was given up; `reason` tells why. It can be resumed."""

    name = "tenants.tenant.provisioning_failed"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    slug: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningResumed(Event):
    """Making a tenant's place was taken up again after it had been given up."""

    name = "tenants.tenant.provisioning_resumed"
    public = True
    category = "tenancy"
    subject_kind = "tenant"

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUpdated(Event):
    """A tenant's tables were brought to the state of a new release."""

    name = "tenants.tenant.updated"
    category = "tenancy"
    subject_kind = "tenant"

    migrations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRenamed(Event):
    """A tenant has another slug, another name or both; with the slug its platform address moved."""

    name = "tenants.tenant.renamed"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    old_slug: str
    new_slug: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended(Event):
    """A tenant is shut off: pages, API and jobs are refused until it is resumed."""

    name = "tenants.tenant.suspended"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed(Event):
    """A suspended tenant answers again."""

    name = "tenants.tenant.resumed"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivingStarted(Event):
    """A tenant is shut off to be archived: a copy is taken and tried before its place is dropped."""

    name = "tenants.tenant.archiving_started"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivingStopped(Event):
    """A tenant was not archived after all and is as it was before; `reason` tells why."""

    name = "tenants.tenant.archiving_stopped"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantArchived(Event):
    """A tenant is put away as a tried copy, `backup`; its place in the cell is dropped."""

    name = "tenants.tenant.archived"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    reason: str
    backup: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnarchivingStarted(Event):
    """An archived tenant is being brought back into a cell."""

    name = "tenants.tenant.unarchiving_started"
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    cell: str
    backup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUnarchived(Event):
    """An archived tenant answers again, with all that its copy held."""

    name = "tenants.tenant.unarchived"
    public = True
    category = "tenancy"
    severity = LOW
    subject_kind = "tenant"

    cell: str
    backup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionStarted(Event):
    """A tenant is to be deleted: it answers nobody from now on, and is erased after `delete_after` unless that is undone."""

    name = "tenants.tenant.deletion_started"
    public = True
    category = "tenancy"
    severity = HIGH
    subject_kind = "tenant"

    slug: str
    reason: str
    was: str
    delete_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionUndone(Event):
    """A deletion was undone within its grace time; the tenant is in the state that it was in before."""

    name = "tenants.tenant.deletion_undone"
    public = True
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "tenant"

    slug: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureStarted(Event):
    """A deleted tenant is being erased; this cannot be undone. `final_backup` is its last copy, empty where there is none."""

    name = "tenants.tenant.erasure_started"
    public = True
    category = "tenancy"
    severity = HIGH
    subject_kind = "tenant"

    slug: str
    reason: str
    final_backup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPurged(Event):
    """A tenant was erased. `proof_sha256` is the digest of the proof; the last copy of its data expires at `last_backup_expires_at`."""

    name = "tenants.tenant.purged"
    public = True
    category = "tenancy"
    severity = HIGH
    subject_kind = "tenant"

    slug: str
    proof_sha256: str
    last_backup_expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRequested(Event):
    """Many tenants were to be changed in one go; each change has an entry of its own as well."""

    name = "tenants.bulk.requested"
    category = "tenancy"
    severity = MEDIUM
    subject_kind = "operation"

    action: str
    count: int
    reason: str
