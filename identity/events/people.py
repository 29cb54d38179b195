"""What can happen to people and their invitations."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrancesEnded(Event):
    """The counts that each event tells by which people are shut out; `lifecycle.Ended` gives them. No event itself."""

    sessions_ended: int
    trusted_devices_ended: int
    sign_ins_ended: int
    password_resets_ended: int
    invitations_revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EverythingEnded(EntrancesEnded):
    """The same with the keys, for events by which access ends for good. No event itself."""

    keys_revoked: int
    signing_keys_revoked: int


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
    """A person has another name, other roles or other attributes, which policies may ask for."""

    name = "identity.person.changed"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"old_name", "new_name", "old_attributes", "new_attributes"})

    old_name: str
    new_name: str
    old_attributes: dict[str, str]
    new_attributes: dict[str, str]
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
class PersonSuspended(EntrancesEnded):
    """A person may not enter until resumed; their sessions ended and their keys are refused meanwhile. `source` is the door it came by."""

    name = "identity.person.suspended"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"reason"})

    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event):
    """A person changed what they are called, their language or their time zone."""

    name = "identity.profile.changed"
    category = "people"
    severity = LOW
    subject_kind = "person"
    personal = frozenset({"old_name", "new_name", "old_locale", "new_locale", "old_timezone", "new_timezone"})

    old_name: str
    new_name: str
    old_locale: str
    new_locale: str
    old_timezone: str
    new_timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonResumed(Event):
    """A suspended person may enter again; keys that were not revoked work again."""

    name = "identity.person.resumed"
    public = True
    category = "people"
    severity = LOW
    subject_kind = "person"

    status: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated(EverythingEnded):
    """A person left: all that was given out in their name ended with them. `source` is the door it came by."""

    name = "identity.person.deactivated"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"reason"})

    reason: str
    source: str


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
    """An invited person chose a password and became active, or waits for a seat; keys that had ended only with their access work again."""

    name = "identity.invitation.accepted"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    invitation: str
    status: str
    keys_restored: int
    signing_keys_restored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReinstated(Event):
    """A deactivation was taken back: the person is what they were before it (or waits for a seat), with the keys that had ended only with it."""

    name = "identity.person.reinstated"
    public = True
    category = "people"
    severity = MEDIUM
    subject_kind = "person"

    status: str
    source: str
    keys_restored: int
    signing_keys_restored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnded(EverythingEnded):
    """All that was given out in the tenant ended, sessions, keys, invitations and the like, because its rows came out of a backup."""

    name = "identity.access.ended"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "tenant"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReminded(Event):
    """A person was told, or would have been with a mail server, that their access ends in some days because they have not been seen for long."""

    name = "identity.person.reminded"
    category = "people"
    severity = LOW
    subject_kind = "person"

    days_left: int
