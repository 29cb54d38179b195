"""Plans and settings as documents."""

from typing import Any

from kernel.clock import rfc3339
from tenants import tenant_settings
from tenants.models import Plan, Tenant
from tenants.tenant_settings import Holding, Setting


def of_plan(plan: Plan) -> dict[str, Any]:
    """A plan as a map; `tenant_count` when the plan was loaded by `queries.plans`. `settings` holds what the plan sets, nothing else."""
    counted = {"tenant_count": plan.tenant_count} if hasattr(plan, "tenant_count") else {}
    return {
        "code": plan.code,
        "label": plan.label,
        "cell_kind": plan.cell_kind,
        "settings": plan.settings,
        **counted,
        "version": plan.version,
        "created_at": rfc3339(plan.created_at),
    }


def of_settings(tenant: Tenant) -> dict[str, Any]:
    """What holds for a tenant: its plan, and each setting with where its value comes from."""
    return {"plan": tenant.plan_id, "settings": [_of_holding(found) for found in tenant_settings.holdings(tenant)]}


def of_setting(setting: Setting) -> dict[str, Any]:
    """One setting as the catalogue has it."""
    bounds = {"minimum": setting.minimum, "maximum": setting.maximum} if setting.type == "integer" else {}
    return {"name": setting.name, "default": setting.default, "type": setting.type, **bounds, "help": setting.help}


def _of_holding(found: Holding) -> dict[str, Any]:
    return {**of_setting(found.setting), "value": found.value, "source": found.origin}
