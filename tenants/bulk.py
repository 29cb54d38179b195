"""Rules for changing many tenants in one go: which changes there are, who may, how many, and what would become of each."""

from collections.abc import Sequence
from enum import StrEnum

from kernel.problems import Invalid, Problem
from tenants import queries
from tenants.models import Tenant, TenantState
from tenants.permissions import Permission
from tenants.states import may_follow, refusal

MOST = 500
NAME_MAXIMUM = 63

DONE, UNCHANGED, SKIPPED = "done", "unchanged", "skipped"
"""What became of one tenant: changed, in that state before, or refused."""


class BulkAction(StrEnum):
    """What can be done to many tenants in one go."""

    SUSPEND = "suspend"
    RESUME = "resume"
    ARCHIVE = "archive"
    DELETE = "delete"
    UNDELETE = "undelete"


PERMISSIONS = {
    BulkAction.SUSPEND: Permission.SUSPEND_TENANTS,
    BulkAction.RESUME: Permission.SUSPEND_TENANTS,
    BulkAction.ARCHIVE: Permission.ARCHIVE_TENANTS,
    BulkAction.DELETE: Permission.DELETE_TENANTS,
    BulkAction.UNDELETE: Permission.DELETE_TENANTS,
}
LEAST = Permission.SUSPEND_TENANTS
WITH_REASON = frozenset({BulkAction.SUSPEND, BulkAction.ARCHIVE, BulkAction.DELETE})

_S = TenantState
TARGETS = {
    BulkAction.SUSPEND: _S.SUSPENDED,
    BulkAction.RESUME: _S.ACTIVE,
    BulkAction.ARCHIVE: _S.ARCHIVED,
    BulkAction.DELETE: _S.DELETING,
}
SOURCES = {
    BulkAction.SUSPEND: frozenset({_S.ACTIVE, _S.SUSPENDED}),
    BulkAction.RESUME: frozenset({_S.SUSPENDED}),
    BulkAction.ARCHIVE: frozenset({_S.ACTIVE, _S.SUSPENDED}),
    BulkAction.DELETE: frozenset(state for state in TenantState if may_follow(state, _S.DELETING)),
    BulkAction.UNDELETE: frozenset({_S.DELETING}),
}
PARTICIPLES = {
    BulkAction.SUSPEND: "suspended",
    BulkAction.RESUME: "resumed",
    BulkAction.ARCHIVE: "archived",
    BulkAction.DELETE: "deleted",
    BulkAction.UNDELETE: "undeleted",
}


def checked(names: Sequence[str]) -> list[str]:
    """Slugs or ids, each once, in the order given; 1 to 500. Raises Invalid."""
    unique = list(dict.fromkeys(name.strip() for name in names))
    if not 1 <= len(unique) <= MOST:
        raise _fault("length", f"Name 1 to {MOST} tenants; these are {len(unique)}.")
    if any(not 1 <= len(name) <= NAME_MAXIMUM for name in unique):
        raise _fault("name", "Name each tenant by its slug or its id.")
    return unique


def preview(action: BulkAction, *, tenants: Sequence[str]) -> list[dict[str, str]]:
    """What would become of each tenant if the change was made now. Changes nothing. Raises Invalid."""
    return [_foreseen(action, name) for name in checked(tenants)]


def _foreseen(action: BulkAction, name: str) -> dict[str, str]:
    try:
        tenant = queries.tenant_named(name)
    except Problem as problem:
        return {"tenant": name, "outcome": SKIPPED, "why": problem.detail, "problem": problem.type}
    why = _obstacle(action, tenant)
    if why:
        return {"tenant": name, "outcome": SKIPPED, "why": why, "problem": "tenant-state", "state": tenant.state}
    is_there = TARGETS.get(action) == tenant.state and action is not BulkAction.SUSPEND
    return {"tenant": name, "outcome": UNCHANGED if is_there else DONE, "state": tenant.state}


def _obstacle(action: BulkAction, tenant: Tenant) -> str:
    """Why a tenant would be skipped; empty when it would not."""
    if tenant.is_platform:
        return "This is the operator's own tenant."
    if tenant.is_being_archived:
        return "It is being archived at the moment."
    if action is BulkAction.UNDELETE and tenant.is_being_erased:
        return "It is being erased; nothing leads back."
    is_there = TARGETS.get(action) == tenant.state
    return "" if is_there or tenant.state in SOURCES[action] else refusal(tenant.state, wanted=PARTICIPLES[action])


def _fault(code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": "/tenants", "code": code, "detail": detail}])
