"""What can happen to keys."""

from dataclasses import dataclass, field

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(Event):
    """An API key was made; `key_id` is its public part, `kind` is live or trial, `rate_per_s` 0 without a limit of its own."""

    name = "identity.api_key.created"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "key"

    key_id: str
    owner: str
    scopes: list[str]
    expires_at: str
    kind: str = "live"
    networks: list[str] = field(default_factory=list)
    rate_per_s: int = 0


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
class KeyChanged(Event):
    """An API key was given another name, other scopes, networks or another rate, or must be used with signed requests from now on or no longer."""

    name = "identity.api_key.changed"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "key"

    key_id: str
    old_name: str
    new_name: str
    old_scopes: list[str]
    new_scopes: list[str]
    old_networks: list[str]
    new_networks: list[str]
    old_rate_per_s: int
    new_rate_per_s: int
    old_requires_signature: bool
    new_requires_signature: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(Event):
    """An API key was replaced by `replacement`, whose public part is `replacement_key_id`; it works beside it until `overlap_until`.

    `signing_keys` are those that sign for the replacement from now on.
    """

    name = "identity.api_key.rotated"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "key"

    key_id: str
    replacement: str
    replacement_key_id: str
    overlap_until: str
    expires_at: str
    signing_keys: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRetired(Event):
    """The overlap of a replaced API key is over; `last_used_at` tells when it was used last, empty when never."""

    name = "identity.api_key.retired"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "key"

    key_id: str
    last_used_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLeaked(Event):
    """Somebody who is not its owner had an API key and reported it; it was revoked at once. `found_at` is where it was found, as far as they said."""

    name = "identity.api_key.leaked"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "key"

    key_id: str
    owner: str
    found_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaksReported(Event):
    """Somebody sent texts that they took for leaked API keys: how many, and how many of them were revoked."""

    name = "identity.api_key.leaks_reported"
    category = "security"
    severity = LOW
    subject_kind = "tenant"

    reported: int
    revoked: int
