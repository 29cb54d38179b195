"""Later: when keys were last used. Every minute, for the tenants whose keys were."""

from django.conf import settings
from django.utils.module_loading import import_string

from identity import key_uses
from kernel import tenancy
from kernel.problems import NotFound, Problem
from kernel.tasks import enqueue, task


@task("identity.flush_last_used", queue="bulk")
def flush_last_used(**_later: object) -> None:
    """Ask, for each tenant with noted uses, that they be written; a tenant that is closed now keeps them until it opens."""
    for tenant_id in key_uses.waiting_tenants():
        try:
            ref = import_string(settings.TENANT_BY_ID)(tenant_id)
            with tenancy.activate(ref, purpose=tenancy.Purpose.JOB):
                enqueue("identity.write_last_used")
        except NotFound:
            key_uses.forget_tenant(tenant_id)
        except Problem:
            continue


@task("identity.write_last_used", queue="bulk")
def write_last_used(**_later: object) -> None:
    """Write the noted uses of the active tenant to its keys."""
    key_uses.write()
