"""What is: regions, cells, plans, tenants, domains, spare places, the fleet's ledger, backups and the outbox.

All of it lies in the home database; none of it holds anything about a person.
"""

from tenants.models.backup import Backup, BackupKind, BackupState, Erasure
from tenants.models.cell import Cell, CellKind, CellState, Region
from tenants.models.domain import ANSWERING, Domain, DomainKind, DomainState
from tenants.models.fleet import FleetResult, FleetRun, ResultState, RunState
from tenants.models.outbox import PendingEntry
from tenants.models.pool import Leftover, Spare, SpareState, Template
from tenants.models.spine import ACTION_PREFIX, ForgottenPerson, ProductAction, PublishedHead
from tenants.models.tenant import STATE_FIELDS, Plan, Tenant, code_of, schema_of
from tenants.states import TenantState

__all__ = [
    "ACTION_PREFIX",
    "ANSWERING",
    "STATE_FIELDS",
    "Backup",
    "BackupKind",
    "BackupState",
    "Cell",
    "CellKind",
    "CellState",
    "Domain",
    "DomainKind",
    "DomainState",
    "Erasure",
    "FleetResult",
    "FleetRun",
    "ForgottenPerson",
    "Leftover",
    "PendingEntry",
    "Plan",
    "ProductAction",
    "PublishedHead",
    "Region",
    "ResultState",
    "RunState",
    "Spare",
    "SpareState",
    "Template",
    "Tenant",
    "TenantState",
    "code_of",
    "schema_of",
]
