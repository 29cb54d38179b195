"""What can happen to service accounts."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountCreated(Event):
    """A service account was made, without roles and keys."""

    name = "identity.service_account.created"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "service_account"

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountChanged(Event):
    """A service account is called or described differently, or has other attributes, which policies may ask for."""

    name = "identity.service_account.changed"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "service_account"

    account: str
    old_title: str
    new_title: str
    old_description: str
    new_description: str
    old_attributes: dict[str, str]
    new_attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountSuspended(Event):
    """The keys of a service account are refused until it is resumed."""

    name = "identity.service_account.suspended"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "service_account"

    account: str
    reason: str
    invitations_revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountResumed(Event):
    """A service account works again; `keys_restored` had ended only because it was deactivated."""

    name = "identity.service_account.resumed"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "service_account"

    account: str
    old_status: str
    keys_restored: int
    signing_keys_restored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountDeactivated(Event):
    """A service account ended, and all its keys with it."""

    name = "identity.service_account.deactivated"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "service_account"

    account: str
    reason: str
    keys_revoked: int
    signing_keys_revoked: int
    invitations_revoked: int
