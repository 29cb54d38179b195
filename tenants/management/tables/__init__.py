"""Tenants, domains and cells as tables for people."""

from tenants.management.tables.cells import of_cells
from tenants.management.tables.domains import of_domains
from tenants.management.tables.parts import coloured, line
from tenants.management.tables.tenants import of_tenant, of_tenants

__all__ = [
    "coloured",
    "line",
    "of_cells",
    "of_domains",
    "of_tenant",
    "of_tenants",
]
