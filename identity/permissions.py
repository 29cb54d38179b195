"""What may be allowed in this app: `verb:resource`, one sentence each."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions of people, roles and keys. The text after each value is its sentence in the catalogue."""

    READ_PEOPLE = "read:identity.people"
    """See the people of the tenant, their state and their roles."""

    WRITE_PEOPLE = "write:identity.people"
    """Invite people, change their names and roles, suspend, resume and deactivate them, end their sessions."""

    READ_ROLES = "read:identity.roles"
    """See the roles and what each of them allows."""

    WRITE_ROLES = "write:identity.roles"
    """Create, change and delete roles; never beyond one's own permissions."""

    READ_KEYS = "read:identity.api_keys"
    """See the API keys of the tenant, without their secrets."""

    WRITE_KEYS = "write:identity.api_keys"
    """Create API keys of one's own, never beyond one's own permissions, and revoke any key of the tenant."""
