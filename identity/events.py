"""What can happen to people, roles, sessions, invitations and keys. Ids are shown ids; no event holds a secret or a token."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(Event):
    """A person was invited; `invitation` is the id of the open invitation."""

    name = "identity.person.added"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"
    personal = frozenset({"email"})

    email: str
    roles: list[str]
    invitation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    """A person has another name, other roles or both."""

    name = "identity.person.changed"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"old_name", "new_name"})

    old_name: str
    new_name: str
    roles_added: list[str]
    roles_removed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRead(Event):
    """Somebody looked at what is known of a person; that a person looked at themself is not recorded."""

    name = "identity.person.read"
    category = "data"
    subject_kind = "person"
    reads = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSuspended(Event):
    """A person may not enter until resumed; their sessions ended and their keys are refused meanwhile."""

    name = "identity.person.suspended"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"reason"})

    reason: str
    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonResumed(Event):
    """A suspended person may enter again; keys that were not revoked work again."""

    name = "identity.person.resumed"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"

    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated(Event):
    """A person left: sessions, keys and open invitations ended with them, for good."""

    name = "identity.person.deactivated"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"reason"})

    reason: str
    sessions_ended: int
    keys_revoked: int
    invitations_revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRenewed(Event):
    """A person got a new invitation, which replaces the one before; a deactivated person is thereby invited back."""

    name = "identity.invitation.renewed"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"

    invitation: str
    old_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(Event):
    """An invited person chose a password and became active."""

    name = "identity.invitation.accepted"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    invitation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person chose another password; all their sessions ended."""

    name = "identity.password.changed"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A person signed in; `session` is the id of the session."""

    name = "identity.session.started"
    public = True
    category = "authentication"
    subject_kind = "person"

    session: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRefused(Event):
    """A sign-in was refused; recorded as a refusal, with the precise reason that the answer does not tell."""

    name = "identity.session.refused"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A person signed out of one session."""

    name = "identity.session.ended"
    public = True
    category = "authentication"
    subject_kind = "person"

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Event):
    """All sessions of a person were ended at once."""

    name = "identity.sessions.ended"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(Event):
    """An API key was made; `key_id` is its public part."""

    name = "identity.api_key.created"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "key"

    key_id: str
    owner: str
    scopes: list[str]
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Event):
    """An API key was revoked and is refused from the next request on."""

    name = "identity.api_key.revoked"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "key"

    key_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRefused(Event):
    """A well-formed API key was refused; recorded as a refusal, with the precise reason that the answer does not tell."""

    name = "identity.api_key.refused"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "key"

    key_id: str
    reason: str


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
class AccessEnded(Event):
    """All sessions and open invitations of the tenant ended, and its API keys were revoked, because its rows came out of a backup."""

    name = "identity.access.ended"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "tenant"

    reason: str
    sessions_ended: int
    keys_revoked: int
    invitations_revoked: int
