"""Reading the settings of tenants: the catalogue, and what holds."""

from tenants.models import Tenant
from tenants.tenant_settings import CATALOGUE, Setting, Value, holding


def settings_catalogue() -> list[Setting]:
    """Every setting by name."""
    return [CATALOGUE[name] for name in sorted(CATALOGUE)]


def setting_fallbacks(tenant: Tenant) -> dict[str, Value]:
    """What holds for each setting where the tenant has none of its own: its plan's value, else the default."""
    plan = {} if tenant.plan is None else tenant.plan.settings
    return {name: holding(name, own={}, plan=plan).value for name in CATALOGUE}


__all__ = ["Setting", "Value", "setting_fallbacks", "settings_catalogue"]
