"""What is set for one tenant: its plan, and settings of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import problems, tenancy
from kernel.actors import Actor
from tenants import events, operators, outbox, queries, tenant_settings
from tenants.models import Tenant
from tenants.permissions import Permission


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_settings(tenant_id: UUID, *, settings: Mapping[str, Any], expected_version: int | None = None, actor: Actor) -> Tenant:
    """Set some settings of a tenant; None takes one back to what its plan or the default says.

    Idempotent: what is so already is not recorded. Raises RegistryClosed, Forbidden, Invalid, TenantNotFound, PreconditionFailed.
    """
    operators.require(Permission.WRITE_PLANS, actor=actor)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    before, after = tenant.settings, tenant_settings.changed(tenant.settings, settings, pointer="/settings")
    if after == before:
        return tenant
    tenant.settings = after
    tenant.version += 1
    tenant.save(update_fields=("settings", "version"))
    event = events.SettingsChanged(subject=tenant.public_id, subject_label=tenant.name, old_settings=before, new_settings=after)
    outbox.record(event, actor=actor, tenant_id=tenant.id)
    return tenant


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def assign_plan(tenant_id: UUID, *, plan: str, expected_version: int | None = None, actor: Actor) -> Tenant:
    """Put a tenant on a plan; an empty code puts it on none. It stays in its cell, whatever kind the plan's tenants go to.

    Idempotent: a tenant that is on the plan stays as it is and nothing is recorded. Raises RegistryClosed, Forbidden, PlanUnknown,
    TenantNotFound, PreconditionFailed.
    """
    operators.require(Permission.WRITE_PLANS, actor=actor)
    wanted = queries.wanted_plan(plan)
    tenant = queries.tenant_for_update(tenant_id)
    problems.require_version(tenant, expected=expected_version)
    before = tenant.plan_id or ""
    if before == plan:
        return tenant
    tenant.plan = wanted
    tenant.version += 1
    tenant.save(update_fields=("plan", "version"))
    event = events.PlanAssigned(subject=tenant.public_id, subject_label=tenant.name, old_plan=before, new_plan=plan)
    outbox.record(event, actor=actor, tenant_id=tenant.id)
    return tenant
