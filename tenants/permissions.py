"""What may be allowed to people and keys of `platform`; no one else can use these, whatever their grants."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions over the registry."""

    READ_TENANTS = "read:tenants.tenants"
    """See the tenants, their state, their cell and their address."""

    WRITE_TENANTS = "write:tenants.tenants"
    """Make tenants and rename them."""

    SUSPEND_TENANTS = "execute:tenants.suspension"
    """Shut a tenant off, and let it answer again."""

    READ_DOMAINS = "read:tenants.domains"
    """See the hosts that a tenant answers at."""

    WRITE_DOMAINS = "write:tenants.domains"
    """Add and remove the hosts that a tenant answers at."""

    READ_CELLS = "read:tenants.cells"
    """See the cells and how full they are."""

    IMPERSONATE = "execute:tenants.impersonation"
    """Act in a tenant named by X-Tenant-ID, with a key of platform."""
