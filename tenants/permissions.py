"""What may be allowed to people and keys of `platform`; no one else can use these, whatever their grants."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions over the registry."""

    READ_TENANTS = "read:tenants.tenants"
    WRITE_TENANTS = "write:tenants.tenants"
    SUSPEND_TENANTS = "execute:tenants.suspension"
    READ_DOMAINS = "read:tenants.domains"
    WRITE_DOMAINS = "write:tenants.domains"
    READ_CELLS = "read:tenants.cells"
    IMPERSONATE = "execute:tenants.impersonation"
