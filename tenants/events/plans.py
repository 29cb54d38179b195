"""What can happen to plans, and to the settings of tenants."""

from dataclasses import dataclass
from typing import Any

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAdded(Event):
    """There is a new plan that tenants can be put on."""

    name = "tenants.plan.added"
    category = "configuration"
    severity = LOW
    subject_kind = "plan"

    cell_kind: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged(Event):
    """A plan has another label, other settings, or its new tenants go to another kind of cell."""

    name = "tenants.plan.changed"
    category = "configuration"
    severity = MEDIUM
    subject_kind = "plan"

    old_cell_kind: str
    new_cell_kind: str
    old_settings: dict[str, Any]
    new_settings: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRemoved(Event):
    """A plan that no tenant was on was removed."""

    name = "tenants.plan.removed"
    category = "configuration"
    severity = LOW
    subject_kind = "plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged(Event):
    """A tenant's own settings changed; what is not among them comes from its plan."""

    name = "tenants.tenant.settings_changed"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "tenant"

    old_settings: dict[str, Any]
    new_settings: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAssigned(Event):
    """A tenant was put on another plan, or on none."""

    name = "tenants.tenant.plan_assigned"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "tenant"

    old_plan: str
    new_plan: str
