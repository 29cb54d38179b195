"""What can happen to roles."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesInstalled(Event):
    """The built-in roles of a tenant were made or brought up to date."""

    name = "identity.role.installed"
    category = "access"
    subject_kind = "role"

    roles: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(Event):
    """A role was made."""

    name = "identity.role.created"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "role"

    role: str
    permissions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    """A role has another label, another description or other permissions."""

    name = "identity.role.changed"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "role"

    role: str
    old_permissions: list[str]
    new_permissions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDeleted(Event):
    """A role that nobody had any more was deleted."""

    name = "identity.role.deleted"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "role"

    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Event):
    """A person, a team or a service account, `holder`, was given a role, for good or until `expires_at`, which is empty for good."""

    name = "identity.role.granted"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "role"

    role: str
    holder: str
    old_expires_at: str
    new_expires_at: str
    binding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithdrawn(Event):
    """A role was taken from a person, a team or a service account, `holder`."""

    name = "identity.role.withdrawn"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "role"

    role: str
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleExpired(Event):
    """The time for which `holder` had a role is over; it stopped counting at `expires_at` by itself, and is tidied up now."""

    name = "identity.role.expired"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "role"

    role: str
    holder: str
    expires_at: str
