"""What may be allowed in this app: `verb:resource`, one sentence each."""

from enum import StrEnum


class Permission(StrEnum):
    """Permissions of people, teams, roles, policies, sessions, factors, keys and rules. The text after each value is its sentence in the catalogue."""

    READ_PEOPLE = "read:identity.people"
    """See the people of the tenant, their state and their roles."""

    WRITE_PEOPLE = "write:identity.people"
    """Invite people, change their names and roles, suspend, resume and deactivate them, end their sessions."""

    BULK_PEOPLE = "write:identity.bulk"
    """Change many people at once with a file, and take such a change back."""

    READ_TEAMS = "read:identity.teams"
    """See the teams and who is in them."""

    WRITE_TEAMS = "write:identity.teams"
    """Make, change and delete teams and put people into them; never beyond one's own permissions."""

    READ_SERVICE_ACCOUNTS = "read:identity.service_accounts"
    """See the service accounts, their state and their roles."""

    WRITE_SERVICE_ACCOUNTS = "write:identity.service_accounts"
    """Make, change, suspend and deactivate service accounts; never beyond one's own permissions."""

    READ_SEATS = "read:identity.seats"
    """See how many seats there are and who has them."""

    WRITE_SEATS = "write:identity.seats"
    """Say how many seats there are, and what happens to one person too many."""

    READ_ROLES = "read:identity.roles"
    """See the roles and what each of them allows."""

    WRITE_ROLES = "write:identity.roles"
    """Create, change and delete roles; never beyond one's own permissions."""

    READ_POLICIES = "read:identity.policies"
    """See the policies, and ask what somebody would be allowed to do and why."""

    WRITE_POLICIES = "write:identity.policies"
    """Write, put into force and delete policies."""

    READ_SESSIONS = "read:identity.sessions"
    """See the sessions of everybody in the tenant; one's own need no permission."""

    WRITE_SESSIONS = "write:identity.sessions"
    """End sessions of others."""

    READ_FACTORS = "read:identity.factors"
    """See which second factors people have."""

    WRITE_FACTORS = "write:identity.factors"
    """Remove second factors and trusted devices of others, e.g. of somebody who lost their telephone."""

    READ_SECURITY = "read:identity.security"
    """See the rules for sign-in: second factors, sessions, passwords, networks, break-glass accounts."""

    WRITE_SECURITY = "write:identity.security"
    """Change the rules for sign-in: second factors, sessions, passwords, networks."""

    ARM_BREAK_GLASS = "execute:identity.break_glass"
    """Mark break-glass accounts, and arm them for a while."""

    IMPERSONATE = "execute:identity.impersonation"
    """Act as a person of a tenant for support, for a while and with a reason; only for people of the operator."""

    READ_KEYS = "read:identity.api_keys"
    """See the API keys of the tenant, without their secrets."""

    WRITE_KEYS = "write:identity.api_keys"
    """Create API keys of one's own and of service accounts, never beyond one's own permissions, and rotate and revoke any key of the tenant."""

    ROTATE_SECRETS = "execute:identity.secrets"
    """Seal the tenant's secrets under a new key."""
