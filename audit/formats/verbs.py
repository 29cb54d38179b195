"""What an action does, read from the last part of its name: `identity.role.created` creates."""

from typing import Literal

Verb = Literal["create", "read", "update", "delete", "other"]

CREATING = frozenset(
    {
        "created",
        "added",
        "registered",
        "installed",
        "requested",
        "claimed",
        "placed",
        "built",
        "issued",
        "made",
        "restored",
        "saved",
        "taken_in",
        "given",
        "granted",
        "reset_issued",
    }
)
READING = frozenset(
    {"read", "listed", "viewed", "searched", "exported", "downloaded", "verified", "checked", "taken", "handed_out", "fetched"}
)
UPDATING = frozenset({
    "changed", "updated", "renamed", "suspended", "resumed", "reinstated", "activated", "paused", "opened", "closed", "draining", "rotated", "moved", "assigned",
    "plan_assigned", "settings_changed", "residency_changed", "made_primary", "redirect_started", "redirect_stopped", "archived", "unarchived",
    "replayed", "lifted", "allowed", "armed", "disarmed", "marked", "unmarked", "clock_set", "reset", "members_added", "member_removed",
    "home_resealed", "keys_rewrapped", "acknowledged", "renewed", "accepted", "enabled", "disabled", "muted", "unmuted", "preset_applied",
})  # fmt: skip
DELETING = frozenset(
    {
        "deleted",
        "removed",
        "revoked",
        "retired",
        "purged",
        "dropped",
        "released",
        "discarded",
        "deactivated",
        "erased",
        "forgotten",
        "pruned",
        "withdrawn",
        "cleared",
        "expired",
        "keys_retired",
    }
)


def of(action: str) -> Verb:
    """The verb of an action; `other` where its name does not tell."""
    last = action.rpartition(".")[2]
    for verb, words in (("create", CREATING), ("read", READING), ("update", UPDATING), ("delete", DELETING)):
        if last in words:
            return verb  # type: ignore[return-value]  # the four texts above
    return "other"
