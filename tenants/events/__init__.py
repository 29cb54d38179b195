"""What can happen to tenants, their domains and the places where they live. All of it stands in the trail of `platform`."""

from tenants.events.domains import (
    DomainAdded,
    DomainRemoved,
)
from tenants.events.tenants import (
    ProvisioningFailed,
    ProvisioningResumed,
    TenantActivated,
    TenantRenamed,
    TenantRequested,
    TenantResumed,
    TenantSuspended,
    TenantUpdated,
)

__all__ = [
    "DomainAdded",
    "DomainRemoved",
    "ProvisioningFailed",
    "ProvisioningResumed",
    "TenantActivated",
    "TenantRenamed",
    "TenantRequested",
    "TenantResumed",
    "TenantSuspended",
    "TenantUpdated",
]
