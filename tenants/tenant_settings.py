"""What may be set for one tenant, and for all tenants of a plan: a closed, typed catalogue. Pure.

A tenant's own value comes first, then its plan's, then the default that stands here. What is not in the catalogue, or not of its type, is
never stored; what was stored by another release and is in the catalogue no more is left alone and not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.problems import Invalid
from tenants.models import Tenant

Value = bool | int

OWN, PLAN, DEFAULT = "tenant", "plan", "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that may be set. `minimum` and `maximum` are for whole numbers; a setting whose default is true or false takes only these."""

    name: str
    default: Value
    help: str
    minimum: int = 0
    maximum: int = 0

    @property
    def type(self) -> str:
        """The type in the words of JSON Schema: `boolean` or `integer`."""
        return "boolean" if isinstance(self.default, bool) else "integer"

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty when nothing is."""
        if isinstance(self.default, bool):
            return "" if isinstance(value, bool) else "Write true or false."
        if isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            return f"Write a whole number from {self.minimum} to {self.maximum}."
        return ""

    def read(self, text: str) -> object:
        """A value as a person writes it; the text itself where it is none, so that `fault` tells what is wrong."""
        words: dict[str, object] = {"true": True, "yes": True, "false": False, "no": False}
        if isinstance(self.default, bool):
            return words.get(text.strip().lower(), text)
        number = text.strip()
        return int(number) if number.removeprefix("-").isdecimal() and number.isascii() else text


@dataclass(frozen=True, slots=True)
class Holding:
    """The value that holds for a tenant or a plan, and where it comes from: `tenant`, `plan` or `default`."""

    setting: Setting
    value: Value
    origin: str


CATALOGUE: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        Setting(
            "backup_every_hours",
            default=24,
            minimum=0,
            maximum=744,
            help="Hours between two backups that the timetable takes of the tenant; 0 takes none.",
        ),
        Setting(
            "backup_keep_days",
            default=35,
            minimum=1,
            maximum=3660,
            help="Days for which a backup is kept. Also the time after which a deleted tenant's last backup is gone.",
        ),
        Setting(
            "canary",
            default=False,
            help="Whether the tenant is among the first when all tenants are migrated, so that a bad migration stops there.",
        ),
        Setting(
            "custom_domains_maximum",
            default=5,
            minimum=0,
            maximum=1000,
            help="How many hosts of its own the tenant may have beside its platform address.",
        ),
        Setting(
            "deletion_grace_days",
            default=30,
            minimum=0,
            maximum=366,
            help="Days between asking for a tenant's deletion and its erasure, in which the deletion can be undone.",
        ),
    )
}


def value(tenant: Tenant, name: str) -> Value:
    """What holds for a tenant: its own value, else its plan's, else the default. One query unless the plan was loaded along. Raises KeyError."""
    return holding(name, own=tenant.settings, plan={} if tenant.plan is None else tenant.plan.settings).value


def holdings(tenant: Tenant) -> list[Holding]:
    """Every setting by name, with the value that holds for a tenant and where it comes from."""
    plan = {} if tenant.plan is None else tenant.plan.settings
    return [holding(name, own=tenant.settings, plan=plan) for name in sorted(CATALOGUE)]


def holding(name: str, *, own: Mapping[str, Any], plan: Mapping[str, Any]) -> Holding:
    """One setting from what is stored. A stored value that the catalogue would refuse today does not hold. Raises KeyError."""
    setting = CATALOGUE[name]
    for origin, stored in ((OWN, own), (PLAN, plan)):
        if name in stored and not setting.fault(stored[name]):
            return Holding(setting=setting, value=stored[name], origin=origin)
    return Holding(setting=setting, value=setting.default, origin=DEFAULT)


def changed(stored: Mapping[str, Any], wanted: Mapping[str, Any], *, pointer: str = "") -> dict[str, Value]:
    """What is stored after a change: each wanted value is set, None takes a setting back to what holds without it.

    Raises Invalid with one error for each name that is unknown and each value that is not of its type, by pointer.
    """
    errors = [error for name, given in wanted.items() for error in _faults(name, given, pointer=pointer)]
    if errors:
        raise Invalid(" ".join(error["detail"] for error in errors[:5]), errors=errors)
    after = {**stored, **wanted}
    return {name: given for name, given in sorted(after.items()) if given is not None}


def _faults(name: str, given: object, *, pointer: str) -> list[dict[str, str]]:
    setting = CATALOGUE.get(name)
    if setting is None:
        detail = f"There is no setting {name[:60]}. There are: {', '.join(sorted(CATALOGUE))}."
        return [{"pointer": f"{pointer}/{_escaped(name)}", "code": "unknown", "detail": detail}]
    fault = "" if given is None else setting.fault(given)
    return [{"pointer": f"{pointer}/{name}", "code": setting.type, "detail": f"{name}: {fault}"}] if fault else []


def _escaped(name: str) -> str:
    """A name as one part of a JSON pointer (RFC 6901)."""
    return name[:60].replace("~", "~0").replace("/", "~1")
