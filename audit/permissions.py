"""What may be allowed."""

from enum import StrEnum


class Permission(StrEnum):
    """The permissions of this app."""

    READ_ENTRIES = "read:audit.entries"
    """Read the trail."""

    VERIFY = "verify:audit.entries"
    """Have the chain of the trail checked."""
