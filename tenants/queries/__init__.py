"""Reading the registry. Home is read with or without a tenant active; the doors ask for the permission."""

from tenants.queries.cells import CellLoad, cells, roomy_cells
from tenants.queries.domains import domain, domain_by_host, domains, primary_host
from tenants.queries.outbox import pending_entries
from tenants.queries.tenants import (
    MAKING,
    complete_tenants,
    making_of,
    platform,
    tenant,
    tenant_by_slug,
    tenant_for_update,
    tenant_named,
    tenants,
    unfinished_tenants,
)

__all__ = [
    "MAKING",
    "CellLoad",
    "cells",
    "complete_tenants",
    "domain",
    "domain_by_host",
    "domains",
    "making_of",
    "pending_entries",
    "platform",
    "primary_host",
    "roomy_cells",
    "tenant",
    "tenant_by_slug",
    "tenant_for_update",
    "tenant_named",
    "tenants",
    "unfinished_tenants",
]
