"""Writing the registry: one function per verb.

They run with `platform` active, because their entries stand in its trail; those about a tenant's own hosts also inside that tenant. The transaction is two: platform's outside, home's inside.
Home commits first and is the truth; what platform's cell must learn of it travels through the outbox (`outbox.py`).
"""

from tenants.actions.archiving import (
    Begun,
    archive_tenant,
    call_off_archiving,
    confirm_archived,
    open_unarchived,
    settle_archiving,
    unarchive_tenant,
)
from tenants.actions.backups import (
    PLAIN,
    SEALED,
    back_up_due,
    back_up_tenant,
    check_backup,
    drill_backup,
    drill_backups,
    expire_backups,
    hand_out_backup,
    remove_backup,
    work_on_backup,
    work_on_check,
)
from tenants.actions.bulk import change_many, preview_many, work_through
from tenants.actions.cells import Drained, add_cell, change_cell, close_cell, drain_cell, open_cell, remove_cell
from tenants.actions.deleting import Deletion, delete_tenant, undelete_tenant
from tenants.actions.domain_checks import check_domain, check_due_domains, verify_domain
from tenants.actions.domains import (
    add_trusted_domain,
    claim_domain,
    end_quarantine,
    make_primary,
    release_domain,
    start_redirect,
    stop_redirect,
    trust_domain,
)
from tenants.actions.draining import empty_cell
from tenants.actions.erase import erase_tenant
from tenants.actions.establishing import establish_platform, update_home
from tenants.actions.final_copy import take_final_copy
from tenants.actions.fleet import (
    cancel_fleet_run,
    continue_fleet_run,
    pause_fleet_run,
    resume_fleet_run,
    settle_fleet_run,
    start_fleet_run,
)
from tenants.actions.fleet_work import (
    migrate_fleet,
    update_roles,
)
from tenants.actions.leftovers import drop_leftovers
from tenants.actions.life import (
    activate_tenant,
    fail_provisioning,
    rename_tenant,
    resume_provisioning,
    resume_tenant,
    suspend_tenant,
)
from tenants.actions.looking import check_cell, locate_tenant, measure_cell
from tenants.actions.making import Requested, Terms, create_tenant
from tenants.actions.moving import (
    fail_move,
    freeze_tenant,
    move_tenant,
    relocate_tenant,
    thaw_tenant,
)
from tenants.actions.plans import (
    add_plan,
    change_plan,
    remove_plan,
)
from tenants.actions.product_actions import register_product_action, retire_product_action
from tenants.actions.provision import provision_tenant, settle_unfinished
from tenants.actions.purging import Purge, bury_tenant, purge_due, purge_tenant, purge_tenant_now
from tenants.actions.put_away import bring_back_tenant, put_away_tenant
from tenants.actions.regions import add_region, change_region, change_residency, remove_region
from tenants.actions.registry import drop_copy, forget_copy, publish_registry, subscribe_copy, withdraw_registry
from tenants.actions.relay import relay_pending
from tenants.actions.relocation import carry_out_move
from tenants.actions.restore_jobs import work_on_replacement, work_on_restore
from tenants.actions.restoring import (
    Named,
    Restoring,
    replace_from_file,
    replace_tenant,
    restore_file,
    restore_tenant,
)
from tenants.actions.settings import (
    assign_plan,
    change_settings,
)
from tenants.actions.settling import settle_moves
from tenants.actions.spares import (
    discard_spare,
    refill_spares,
)
from tenants.bulk import PERMISSIONS as BULK_PERMISSIONS
from tenants.bulk import WITH_REASON as BULK_WITH_REASON
from tenants.bulk import BulkAction

__all__ = [
    "BULK_PERMISSIONS",
    "BULK_WITH_REASON",
    "PLAIN",
    "SEALED",
    "Begun",
    "BulkAction",
    "Deletion",
    "Drained",
    "Named",
    "Purge",
    "Requested",
    "Restoring",
    "Terms",
    "activate_tenant",
    "add_cell",
    "add_plan",
    "add_region",
    "add_trusted_domain",
    "archive_tenant",
    "assign_plan",
    "back_up_due",
    "back_up_tenant",
    "bring_back_tenant",
    "bury_tenant",
    "call_off_archiving",
    "cancel_fleet_run",
    "carry_out_move",
    "change_cell",
    "change_many",
    "change_plan",
    "change_region",
    "change_residency",
    "change_settings",
    "check_backup",
    "check_cell",
    "check_domain",
    "check_due_domains",
    "claim_domain",
    "close_cell",
    "confirm_archived",
    "continue_fleet_run",
    "create_tenant",
    "delete_tenant",
    "discard_spare",
    "drain_cell",
    "drill_backup",
    "drill_backups",
    "drop_copy",
    "drop_leftovers",
    "empty_cell",
    "end_quarantine",
    "erase_tenant",
    "establish_platform",
    "expire_backups",
    "fail_move",
    "fail_provisioning",
    "forget_copy",
    "freeze_tenant",
    "hand_out_backup",
    "locate_tenant",
    "make_primary",
    "measure_cell",
    "migrate_fleet",
    "move_tenant",
    "open_cell",
    "open_unarchived",
    "pause_fleet_run",
    "preview_many",
    "provision_tenant",
    "publish_registry",
    "purge_due",
    "purge_tenant",
    "purge_tenant_now",
    "put_away_tenant",
    "refill_spares",
    "register_product_action",
    "relay_pending",
    "release_domain",
    "relocate_tenant",
    "remove_backup",
    "remove_cell",
    "remove_plan",
    "remove_region",
    "rename_tenant",
    "replace_from_file",
    "replace_tenant",
    "restore_file",
    "restore_tenant",
    "resume_fleet_run",
    "resume_provisioning",
    "resume_tenant",
    "retire_product_action",
    "settle_archiving",
    "settle_fleet_run",
    "settle_moves",
    "settle_unfinished",
    "start_fleet_run",
    "start_redirect",
    "stop_redirect",
    "subscribe_copy",
    "suspend_tenant",
    "take_final_copy",
    "thaw_tenant",
    "trust_domain",
    "unarchive_tenant",
    "undelete_tenant",
    "update_home",
    "update_roles",
    "verify_domain",
    "withdraw_registry",
    "work_on_backup",
    "work_on_check",
    "work_on_replacement",
    "work_on_restore",
    "work_through",
]
