"""What can be refused about tenants, domains and cells."""

from tenants.problems.cells import (
    CellUnknown,
    NoCell,
)
from tenants.problems.domains import (
    DomainNotFound,
    HostInvalid,
    HostTaken,
    LastDomain,
)
from tenants.problems.tenants import (
    ActingRefused,
    BeingMade,
    RegistryClosed,
    ReservedTenant,
    SlugInvalid,
    SlugLookalike,
    SlugReserved,
    SlugTaken,
    TenantNotFound,
    WrongState,
)

__all__ = [
    "ActingRefused",
    "BeingMade",
    "CellUnknown",
    "DomainNotFound",
    "HostInvalid",
    "HostTaken",
    "LastDomain",
    "NoCell",
    "RegistryClosed",
    "ReservedTenant",
    "SlugInvalid",
    "SlugLookalike",
    "SlugReserved",
    "SlugTaken",
    "TenantNotFound",
    "WrongState",
]
