"""Plans and settings for a terminal."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from tenants import tenant_settings
from tenants.management.tables.parts import headed
from tenants.models import Plan, Tenant


def of_plans(plans: Iterable[Plan]) -> Table:
    """Plans, one a line, with what they set."""
    table = headed("Code", "Label", "Cells", "Tenants", "Settings")
    for plan in plans:
        settings = ", ".join(f"{name}={value}" for name, value in plan.settings.items())
        table.add_row(Text(plan.code), Text(plan.label), plan.cell_kind, str(getattr(plan, "tenant_count", "")), Text(settings))
    return table


def of_catalogue() -> Table:
    """Everything that can be set, one setting a line."""
    table = headed("Setting", "Values", "Default", "What it does")
    for name, setting in sorted(tenant_settings.CATALOGUE.items()):
        values = f"{setting.minimum} to {setting.maximum}" if setting.type == "integer" else "true or false"
        table.add_row(name, values, _shown(setting.default), Text(setting.help))
    return table


def of_settings(tenant: Tenant) -> Table:
    """What holds for a tenant, one setting a line, with where it comes from."""
    table = headed("Setting", "Value", "From", "Default", "What it does")
    for found in tenant_settings.holdings(tenant):
        table.add_row(
            found.setting.name, _shown(found.value), found.origin, _shown(found.setting.default), Text(found.setting.help)
        )
    return table


def _shown(value: tenant_settings.Value) -> str:
    return str(value).lower()
