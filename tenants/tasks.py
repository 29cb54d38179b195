"""Later: make a tenant, empty the outbox, look for what was left behind."""

from typing import Any
from uuid import UUID

from kernel import tenancy
from kernel.actors import Actor
from kernel.tasks import task
from kernel.tenancy import PLATFORM_SLUG, Purpose
from tenants import actions, resolving
from tenants.problems import TenantNotFound


@task("tenants.provision", queue="soon")
def provision(operation_id: str, **_unknown: Any) -> None:
    """Work on one provisioning operation; the message names platform as its tenant."""
    actions.provision_tenant(UUID(operation_id), actor=Actor.system("task:tenants.provision"))


@task("tenants.sweep", queue="soon")
def sweep(**_unknown: Any) -> None:
    """Finish what a crash left: entries in the outbox, tenants in the making whose operation is over. Sent by the timetable, for no tenant."""
    try:
        platform = resolving.by_slug(PLATFORM_SLUG)
    except TenantNotFound:
        return  # before `manage.py setup` there is nothing to sweep
    actor = Actor.system("task:tenants.sweep")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.relay_pending(actor=actor)
        actions.settle_unfinished(actor=actor)
