"""What can happen to the keys that seal a tenant's secrets. Keys are told by their short ids, never by themselves."""

from dataclasses import dataclass

from kernel.events import MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsRotationStarted(Event):
    """Somebody had the tenant's secrets sealed under a new key; `operation` tells how far that is."""

    name = "identity.secrets.rotation_started"
    public = True
    category = "security"
    severity = MEDIUM
    subject_kind = "secrets"

    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsRotated(Event):
    """Everything that opens is sealed under the new key; `resealed` values were, `closed` ones do not open with any key that is left."""

    name = "identity.secrets.rotated"
    public = True
    category = "security"
    severity = MEDIUM
    subject_kind = "secrets"

    key: str
    resealed: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKeysRetired(Event):
    """Keys that were replaced seal nothing in the tenant's tables any more."""

    name = "identity.secrets.keys_retired"
    public = True
    category = "security"
    subject_kind = "secrets"

    keys: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKeysRewrapped(Event):
    """The tenant's keys are wrapped under another key of the installation or of the key service, named `wrapped_by`."""

    name = "identity.secrets.keys_rewrapped"
    category = "security"
    subject_kind = "secrets"

    keys: int
    wrapped_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeResealed(Event):
    """What the installation keeps sealed for itself is sealed under the first key of its ring."""

    name = "identity.secrets.home_resealed"
    category = "security"
    subject_kind = "secrets"

    resealed: int
    closed: int
