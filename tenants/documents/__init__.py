"""Tenants, domains and cells as documents: what the API answers and what the commands print with `--json`."""

from tenants.documents.backups import of_backup
from tenants.documents.cells import of_cell, of_region
from tenants.documents.domains import of_domain, of_owned_domain
from tenants.documents.fleet import (
    of_fleet_result,
    of_fleet_run,
    of_plan_of_fleet,
    of_stand,
)
from tenants.documents.lifecycle import of_begun, of_deletion, of_erasure
from tenants.documents.moves import of_leftover, of_move
from tenants.documents.placement import of_capacity, of_check
from tenants.documents.plans import (
    of_plan,
    of_setting,
    of_settings,
)
from tenants.documents.product_actions import of_product_action
from tenants.documents.spares import (
    of_pool,
    of_spare,
)
from tenants.documents.tenants import of_tenant

__all__ = [
    "of_backup",
    "of_begun",
    "of_capacity",
    "of_cell",
    "of_check",
    "of_deletion",
    "of_domain",
    "of_erasure",
    "of_fleet_result",
    "of_fleet_run",
    "of_leftover",
    "of_move",
    "of_owned_domain",
    "of_plan",
    "of_plan_of_fleet",
    "of_pool",
    "of_product_action",
    "of_region",
    "of_setting",
    "of_settings",
    "of_spare",
    "of_stand",
    "of_tenant",
]
