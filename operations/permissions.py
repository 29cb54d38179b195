"""What may be allowed."""

from enum import StrEnum


class Permission(StrEnum):
    """The permissions of this app."""

    READ = "read:operations.operations"
    """See operations, their progress and their results."""

    WRITE = "write:operations.operations"
    """Cancel and resume operations."""
