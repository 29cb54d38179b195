"""What can happen to tenants and their domains. All of it stands in the trail of `platform`."""

from dataclasses import dataclass

from kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRequested(Event):
    """A tenant was asked for; its place is being made."""

    name = "tenants.tenant.requested"
    public = True

    slug: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantActivated(Event):
    """A tenant's place is complete and it answers at its addresses."""

    name = "tenants.tenant.activated"
    public = True

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningFailed(Event):
    """Making a tenant's place was given up; `reason` tells why. It can be resumed."""

    name = "tenants.tenant.provisioning_failed"
    public = True

    slug: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningResumed(Event):
    """Making a tenant's place was taken up again after it had been given up."""

    name = "tenants.tenant.provisioning_resumed"
    public = True

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUpdated(Event):
    """A tenant's tables were brought to the state of a new release."""

    name = "tenants.tenant.updated"

    migrations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRenamed(Event):
    """A tenant has another slug, another name or both; with the slug its platform address moved."""

    name = "tenants.tenant.renamed"
    public = True

    old_slug: str
    new_slug: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended(Event):
    """A tenant is shut off: pages, API and jobs are refused until it is resumed."""

    name = "tenants.tenant.suspended"
    public = True

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed(Event):
    """A suspended tenant answers again."""

    name = "tenants.tenant.resumed"
    public = True
