"""What a log must have, to the letter: who may do what with its tables, which triggers stand guard, how its functions are made.

Migrations 0002 and 0004 give it; this is the second statement of the same, so that one of them cannot be changed without the other.
"""

from collections.abc import Mapping

READ = frozenset({"SELECT"})
NOTHING: frozenset[str] = frozenset()

TENANT: Mapping[str, frozenset[str]] = {
    "audit_entry": READ | {"INSERT"},
    "audit_queuedentry": READ,
    "audit_seal": READ,
    "audit_head": READ,
    "audit_tile": READ,
    "audit_signingkey": READ,
    "audit_checkpoint": READ,
    "audit_pruning": READ,
    "audit_heldentry": READ,
}
"""What the tenant's role may, by table; nothing with a partition."""

SEALER: Mapping[str, frozenset[str]] = {
    "audit_entry": READ,
    "audit_queuedentry": READ | {"DELETE"},
    "audit_seal": READ | {"INSERT"},
    "audit_head": READ | {"INSERT", "UPDATE"},
    "audit_tile": READ | {"INSERT", "UPDATE"},
    "audit_signingkey": READ | {"INSERT", "UPDATE"},
    "audit_checkpoint": READ | {"INSERT"},
    "audit_pruning": NOTHING,
    "audit_heldentry": NOTHING,
}
"""What the sealer's role may, likewise."""

TRIGGERS: Mapping[str, Mapping[str, str]] = {
    "audit_entry": {"audit_enqueue": "audit_enqueue", "audit_keep": "audit_keep", "audit_deny_truncate": "audit_deny"},
    "audit_seal": {"audit_keep_seal": "audit_keep_seal", "audit_deny_seal_truncate": "audit_deny"},
    "audit_head": {"audit_follow_head": "audit_follow_head"},
    "audit_checkpoint": {"audit_deny_checkpoint_change": "audit_deny", "audit_deny_checkpoint_truncate": "audit_deny"},
    "audit_pruning": {"audit_deny_pruning_change": "audit_deny"},
    "audit_heldentry": {"audit_deny_held_change": "audit_deny"},
}
"""Triggers by table, each with the function that it calls. A partition has those of `audit_entry`."""

FUNCTIONS = frozenset(
    {
        "audit_enqueue",
        "audit_deny",
        "audit_keep",
        "audit_keep_seal",
        "audit_follow_head",
        "audit_lowest_id",
        "audit_moment_of",
        "audit_partition_end",
        "audit_guard_partition",
        "audit_add_partition",
        "audit_make_partitions",
    }
)
AS_OWNER = frozenset({"audit_enqueue"})
"""Functions that work with the rights of the owner: the queue is filled for a role that may not fill it."""

ANY_PATH = frozenset({"audit_deny", "audit_keep", "audit_follow_head"})
"""Functions that name no table, so that nobody's search path can lead them astray."""
