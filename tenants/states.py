"""The life of a tenant: its states, and the one table of what may follow what.

`requested → provisioning → active ⇄ suspended`, `provisioning → failed → provisioning`, `active ⇄ moving`, `active | suspended → archived →
active`, `any → deleting → back | purged`. What a state lets through is the gate's question (`kernel.tenancy`), not ours. Pure.
"""

from enum import StrEnum


class TenantState(StrEnum):
    """Where a tenant is in its life."""

    REQUESTED = "requested"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    MOVING = "moving"
    ARCHIVED = "archived"
    DELETING = "deleting"
    PURGED = "purged"
    FAILED = "failed"


_S = TenantState
TRANSITIONS: dict[TenantState, frozenset[TenantState]] = {
    _S.REQUESTED: frozenset({_S.PROVISIONING, _S.FAILED, _S.DELETING}),
    _S.PROVISIONING: frozenset({_S.ACTIVE, _S.FAILED}),
    _S.FAILED: frozenset({_S.PROVISIONING, _S.DELETING}),
    _S.ACTIVE: frozenset({_S.SUSPENDED, _S.MOVING, _S.ARCHIVED, _S.DELETING}),
    # To itself: another reason for the same state.
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.MOVING, _S.ARCHIVED, _S.DELETING}),
    _S.MOVING: frozenset({_S.ACTIVE, _S.SUSPENDED}),
    _S.ARCHIVED: frozenset({_S.ACTIVE, _S.DELETING}),
    _S.DELETING: frozenset({_S.REQUESTED, _S.FAILED, _S.ACTIVE, _S.SUSPENDED, _S.ARCHIVED, _S.PURGED}),
    _S.PURGED: frozenset(),
}
"""What may follow each state. A tenant that is being made or moved is finished or failed first, never deleted under the worker's hands."""

HOUSED = frozenset({_S.ACTIVE, _S.SUSPENDED})
"""States in which a tenant's place is complete and at rest: sweeps, backups and migrations visit these."""

RETURNING = frozenset({_S.MOVING, _S.DELETING})
"""States that remember where they came from, and go back there when they are called off."""


ENTERED: dict[TenantState, str] = {
    _S.REQUESTED: "requested",
    _S.PROVISIONING: "made",
    _S.FAILED: "given up",
    _S.ACTIVE: "opened",
    _S.SUSPENDED: "suspended",
    _S.MOVING: "moved",
    _S.ARCHIVED: "archived",
    _S.DELETING: "deleted",
    _S.PURGED: "purged",
}
"""What was done to a tenant that has entered a state, as a participle."""

INSTEAD: dict[TenantState, str] = {
    _S.REQUESTED: "Wait until it is made, or delete it.",
    _S.PROVISIONING: "Wait until it is made; if it lasts, look at its operation.",
    _S.FAILED: "Resume the operation that makes it, or delete it.",
    _S.ACTIVE: "An active tenant can be suspended, moved, archived or deleted.",
    _S.SUSPENDED: "A suspended tenant can be resumed, moved, archived or deleted.",
    _S.MOVING: "Wait until it has arrived, which takes moments, or cancel its move.",
    _S.ARCHIVED: "An archived tenant can be brought back or deleted.",
    _S.DELETING: "Undo the deletion first, as long as its grace time lasts.",
    _S.PURGED: "Nothing can be done with it any more; the proof of its erasure can be read.",
}
"""What an operator may do with a tenant in each state, for those who asked for something else."""


def may_follow(present: str, wanted: TenantState) -> bool:
    """Whether a tenant in the state `present` may enter `wanted`."""
    return wanted in TRANSITIONS[TenantState(present)]


def refusal(present: str, *, wanted: str) -> str:
    """Why a tenant in the state `present` cannot be `wanted` (a participle such as "suspended"), and what can be done instead."""
    return f"This tenant is {present}; it cannot be {wanted} from there. {INSTEAD[TenantState(present)]}"
