"""Reading policies, and whether a text could be one."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from identity import texts, time_zones
from identity.access import checking, schema, templates
from identity.models import Policy, Role, SecuritySettings, Team
from identity.problems import PolicyNotFound

POLICIES_MAX = 200
POLICY_ZONE_DEFAULT = time_zones.DEFAULT


def policies(q: str = "", state: str = "") -> QuerySet[Policy]:
    """The tenant's policies; `q` is part of a name, a description or a text, `state` draft, active or disabled."""
    found = Policy.objects.all()
    if q:
        words = Q(name__icontains=q) | Q(description__icontains=q) | Q(text__icontains=q)
        found = found.filter(words)
    return found.filter(state=state) if state else found


def policy(id: UUID) -> Policy:  # noqa: A002
    """One policy. Raises PolicyNotFound."""
    return _one(Policy.objects.filter(id=id))


def policy_by_name(name: str) -> Policy:
    """One policy by its name. Raises PolicyNotFound."""
    return _one(Policy.objects.filter(name=name) if texts.is_storable(name) else Policy.objects.none())


def policy_for_update(id: UUID) -> Policy:  # noqa: A002
    """One policy, locked until the transaction ends. Raises PolicyNotFound."""
    return _one(Policy.objects.select_for_update().filter(id=id))


def policy_faults(text: str) -> list[dict[str, Any]]:
    """What keeps a text from being a policy, with line and column from 1; empty when it is one."""
    return [
        {"code": fault.code, "line": fault.line, "column": fault.column, "detail": fault.detail} for fault in checking.faults(text)
    ]


def policy_remarks(text: str) -> list[str]:
    """What is no fault of a valid policy but likely a mistake: roles and teams that the tenant does not have."""
    named = checking.names_in(text)
    remarks = []
    for kind, known in (("Role", Role.objects), ("Team", Team.objects)):
        wanted = {name for named_kind, name in named if named_kind == kind and texts.is_storable(name)}
        present = set(known.filter(name__in=wanted).values_list("name", flat=True))
        remarks += [f"There is no {kind.lower()} {name!r} here, so nobody is in it." for name in sorted(wanted - present)]
    return remarks


def policy_templates() -> tuple[templates.Template, ...]:
    """Policies to start from."""
    return templates.ALL


def policy_schema() -> str:
    """The words that policies may use, in Cedar's notation of schemas."""
    return schema.text()


def policy_words() -> list[dict[str, str]]:
    """What `context` holds: name, type and meaning of each."""
    return [{"name": name, "type": kind, "meaning": meaning} for name, (kind, meaning) in schema.CIRCUMSTANCES.items()]


def policy_timezone() -> str:
    """The time zone by which policies read hours and days, e.g. `Europe/Berlin`; UTC unless the tenant chose one."""
    return SecuritySettings.objects.filter(id=1).values_list("timezone", flat=True).first() or POLICY_ZONE_DEFAULT


def is_policy_timezone_known() -> bool:
    """Whether this machine knows that zone. Where it does not, policies that ask for the hour or the day refuse all that they are about."""
    return time_zones.find(policy_timezone()) is not None


def _one(found: QuerySet[Policy]) -> Policy:
    row = found.first()
    if row is None:
        raise PolicyNotFound("Look it up in the list of policies: there is no such policy here.")
    return row
