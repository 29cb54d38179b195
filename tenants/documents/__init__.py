"""Tenants, domains and cells as documents: what the API answers and what the commands print with `--json`."""

from tenants.documents.cells import of_cell
from tenants.documents.domains import of_domain
from tenants.documents.tenants import of_tenant

__all__ = [
    "of_cell",
    "of_domain",
    "of_tenant",
]
