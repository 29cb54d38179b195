"""What may be allowed over the registry: to people and keys of `platform`, and to those of a tenant over what is the tenant's own."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions over the registry. Only people and keys of `platform` can use them, whatever the grants; those over `own_domains` all can."""

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

    READ_OWN_DOMAINS = "read:tenants.own_domains"
    """See the hosts that one's own tenant answers at or has claimed, and what must stand in DNS for them."""

    WRITE_OWN_DOMAINS = "write:tenants.own_domains"
    """Claim, prove and give back hosts of one's own tenant, choose the primary one, and let others redirect to it."""

    READ_CELLS = "read:tenants.cells"
    """See the cells and how full they are."""

    WRITE_CELLS = "write:tenants.cells"
    """Add cells and regions, open, drain and close them, and change how many tenants they may hold."""

    ARCHIVE_TENANTS = "execute:tenants.archiving"
    """Put a tenant away as an export, and bring it back."""

    DELETE_TENANTS = "delete:tenants.tenants"
    """Delete a tenant, undo a deletion in its grace time, and erase a tenant for good."""

    MOVE_TENANTS = "execute:tenants.moves"
    """Move a tenant to another cell while it works."""

    READ_BACKUPS = "read:tenants.backups"
    """See the backups of tenants and when each was last tried."""

    WRITE_BACKUPS = "write:tenants.backups"
    """Back up, download and restore tenants: whoever may do this can read a tenant's data."""

    READ_FLEET = "read:tenants.fleet"
    """See the spare places, the migrations of all tenants and how far they are."""

    WRITE_FLEET = "write:tenants.fleet"
    """Migrate all tenants to the state of the code, and fill up spare places."""

    READ_PLANS = "read:tenants.plans"
    """See the plans and their settings."""

    WRITE_PLANS = "write:tenants.plans"
    """Make and change plans, and the settings of tenants."""

    READ_PRODUCT_ACTIONS = "read:tenants.product_actions"
    """See what the vendor's product may tell trails of."""

    WRITE_PRODUCT_ACTIONS = "write:tenants.product_actions"
    """Register and end what the vendor's product may tell trails of."""

    IMPERSONATE = "execute:tenants.impersonation"
    """Act in a tenant named by X-Tenant-ID, with a key of platform."""
