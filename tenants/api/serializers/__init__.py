"""Shapes of the registry: what comes in is checked for form only, the rules are the actions'."""

from tenants.api.serializers.cells import CellOut
from tenants.api.serializers.domains import DomainIn, DomainOut
from tenants.api.serializers.tenants import (
    CurrentOut,
    RegisteredTenantOut,
    RequestedOut,
    SuspensionIn,
    TenantChange,
    TenantIn,
    TenantQuery,
)

__all__ = [
    "CellOut",
    "CurrentOut",
    "DomainIn",
    "DomainOut",
    "RegisteredTenantOut",
    "RequestedOut",
    "SuspensionIn",
    "TenantChange",
    "TenantIn",
    "TenantQuery",
]
