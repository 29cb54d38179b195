"""Plans: what kind of customer a tenant is, and the defaults of its settings."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from kernel import problems, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from tenants import events, operators, outbox, queries, tenant_settings, texts
from tenants.models import CellKind, Plan
from tenants.permissions import Permission
from tenants.problems import PlanInUse, PlanTaken

CODE = re.compile(r"[a-z](?:-?[a-z0-9])*\Z")
CODE_MAXIMUM = 40


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def add_plan(
    code: str,
    *,
    label: str,
    settings: Mapping[str, Any] | None = None,
    cell_kind: str = CellKind.SHARED.value,
    actor: Actor,
) -> Plan:
    """Make a plan that tenants can be put on. Raises RegistryClosed, Forbidden, Invalid, PlanTaken."""
    operators.require(Permission.WRITE_PLANS, actor=actor)
    plan = Plan(
        code=_code(code),
        label=texts.label(label),
        settings=tenant_settings.changed({}, settings or {}, pointer="/settings"),
        cell_kind=_cell_kind(cell_kind),
    )
    try:
        with transaction.atomic(using=tenancy.HOME):
            plan.save(force_insert=True)
    except IntegrityError as fault:
        raise PlanTaken(f"There is a plan {plan.code} already. Change it, or take another code.", plan=plan.code) from fault
    event = events.PlanAdded(subject=plan.code, subject_label=plan.label, cell_kind=plan.cell_kind, settings=plan.settings)
    outbox.record(event, actor=actor, tenant_id=None)
    return plan


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def change_plan(
    code: str,
    *,
    label: str | None = None,
    settings: Mapping[str, Any] | None = None,
    cell_kind: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Plan:
    """Give a plan another label, other settings, or another kind of cell for tenants to come; None leaves as it is.

    Settings are merged: those that are given change, None takes one back to its default. They hold for the plan's tenants at once; a tenant stays
    in its cell. Idempotent: what is so already is not recorded. Raises RegistryClosed, Forbidden, Invalid, PlanNotFound, PreconditionFailed.
    """
    operators.require(Permission.WRITE_PLANS, actor=actor)
    new_label = None if label is None else texts.label(label)
    new_kind = None if cell_kind is None else _cell_kind(cell_kind)
    plan = queries.plan_for_update(code)
    problems.require_version(plan, expected=expected_version)
    before = (plan.label, plan.settings, plan.cell_kind)
    plan.settings = tenant_settings.changed(plan.settings, settings or {}, pointer="/settings")
    plan.label, plan.cell_kind = new_label or plan.label, new_kind or plan.cell_kind
    if (plan.label, plan.settings, plan.cell_kind) == before:
        return plan
    plan.version += 1
    plan.save(update_fields=("label", "settings", "cell_kind", "version"))
    event = events.PlanChanged(
        subject=plan.code,
        subject_label=plan.label,
        old_cell_kind=before[2],
        new_cell_kind=plan.cell_kind,
        old_settings=before[1],
        new_settings=plan.settings,
    )
    outbox.record(event, actor=actor, tenant_id=None)
    return plan


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def remove_plan(code: str, *, expected_version: int | None = None, actor: Actor) -> None:
    """Remove a plan that no tenant is on. Raises RegistryClosed, Forbidden, PlanNotFound, PlanInUse, PreconditionFailed."""
    operators.require(Permission.WRITE_PLANS, actor=actor)
    plan = queries.plan_for_update(code)
    problems.require_version(plan, expected=expected_version)
    tenant_count = plan.tenants.count()
    if tenant_count:
        raise PlanInUse("Put these tenants on another plan first.", tenants=tenant_count)
    plan.delete()
    outbox.record(events.PlanRemoved(subject=code, subject_label=plan.label), actor=actor, tenant_id=None)


def _code(text: str) -> str:
    if len(text) > CODE_MAXIMUM or CODE.match(text) is None:
        detail = f"A code has 1 to {CODE_MAXIMUM} of a to z, 0 to 9 and single hyphens, and starts with a letter."
        raise Invalid(detail, errors=[{"pointer": "/code", "code": "form", "detail": detail}])
    return text


def _cell_kind(text: str) -> str:
    if text not in set(CellKind):
        detail = f"Tenants go to cells that are one of: {', '.join(CellKind)}."
        raise Invalid(detail, errors=[{"pointer": "/cell_kind", "code": "choice", "detail": detail}])
    return text
