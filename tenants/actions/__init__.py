"""Writing the registry: one function per verb.

All of them run with `platform` active, because their entries stand in its trail. The transaction is two: platform's outside, home's inside.
Home commits first and is the truth; what platform's cell must learn of it travels through the outbox (`outbox.py`).
"""

from tenants.actions.domains import add_domain, remove_domain
from tenants.actions.establishing import establish_platform, update_home, update_tables
from tenants.actions.life import (
    activate_tenant,
    fail_provisioning,
    rename_tenant,
    resume_provisioning,
    resume_tenant,
    suspend_tenant,
)
from tenants.actions.making import Requested, create_tenant
from tenants.actions.provision import provision_tenant, settle_unfinished
from tenants.actions.relay import relay_pending

__all__ = [
    "Requested",
    "activate_tenant",
    "add_domain",
    "create_tenant",
    "establish_platform",
    "fail_provisioning",
    "provision_tenant",
    "relay_pending",
    "remove_domain",
    "rename_tenant",
    "resume_provisioning",
    "resume_tenant",
    "settle_unfinished",
    "suspend_tenant",
    "update_home",
    "update_tables",
]
