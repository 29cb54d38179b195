"""What can happen to keys that sign requests."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyCreated(Event):
    """A key was made that signs requests for an API key; `key_id` is its public part, `api_key` the shown id of the API key."""

    name = "identity.signing_key.created"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "signing_key"

    key_id: str
    api_key: str
    algorithm: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRotated(Event):
    """A signing key is being replaced: its successor `replaced_by` works already, and it works itself until `works_until`."""

    name = "identity.signing_key.rotated"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "signing_key"

    key_id: str
    api_key: str
    replaced_by: str
    works_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRevoked(Event):
    """A signing key was revoked; what is signed with it is refused from the next request on."""

    name = "identity.signing_key.revoked"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "signing_key"

    key_id: str
    api_key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRefused(Event):
    """A signed request was refused; recorded as a refusal, with the precise reason that the answer does not tell."""

    name = "identity.signing_key.refused"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "signing_key"

    key_id: str
    reason: str
