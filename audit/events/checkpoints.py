"""What can happen to the signing of the log."""

from dataclasses import dataclass

from kernel.events import CRITICAL, HIGH, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochBegun(Event):
    """The log goes on under a new name and key, because it does not continue what was signed before; `reason` says why.

    `last_note` is the last checkpoint that was given out in the old epoch, with its signature: `last_size` entries. Whoever holds it can see which of
    them are missing now.
    """

    name = "audit.epoch.begun"
    category = "security"
    severity = CRITICAL
    subject_kind = "trail"

    epoch: int
    reason: str
    last_epoch: int
    last_size: int
    last_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRotated(Event):
    """The log is signed with a new key from now on; `old_verifier` and `new_verifier` are the public keys. What the old one signed stays valid."""

    name = "audit.signing_key.rotated"
    category = "security"
    severity = HIGH
    subject_kind = "key"

    epoch: int
    old_verifier: str
    new_verifier: str
