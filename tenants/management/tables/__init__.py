"""Tenants, domains and cells as tables for people."""

from tenants.management.tables.backups import of_backup, of_backups
from tenants.management.tables.cells import of_capacity, of_cells, of_check, of_findings, of_regions, of_whereabouts
from tenants.management.tables.domains import of_domain, of_domains, of_owned_domains
from tenants.management.tables.fleet import (
    of_fleet_run,
    of_fleet_runs,
    of_plan_of_fleet,
    of_stand,
)
from tenants.management.tables.lifecycle import of_deletion, of_erasure, of_outcomes
from tenants.management.tables.parts import coloured, headed, line
from tenants.management.tables.plans import (
    of_catalogue,
    of_plans,
    of_settings,
)
from tenants.management.tables.product_actions import of_product_actions
from tenants.management.tables.tenants import of_tenant, of_tenants

__all__ = [
    "coloured",
    "headed",
    "line",
    "of_backup",
    "of_backups",
    "of_capacity",
    "of_catalogue",
    "of_cells",
    "of_check",
    "of_deletion",
    "of_domain",
    "of_domains",
    "of_erasure",
    "of_findings",
    "of_fleet_run",
    "of_fleet_runs",
    "of_outcomes",
    "of_owned_domains",
    "of_plan_of_fleet",
    "of_plans",
    "of_product_actions",
    "of_regions",
    "of_settings",
    "of_stand",
    "of_tenant",
    "of_tenants",
    "of_whereabouts",
]
