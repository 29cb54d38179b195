"""What a key provider is."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it is stored: `text` for the provider alone to read, and `by`, the name and version of the provider's key."""

    text: str
    by: str


class Provider(Protocol):
    """Wraps data keys, 32 bytes each, for a context of at most 200 characters; the same context is needed to unwrap."""

    name: str

    def wrap(self, plain: bytes, *, context: str) -> Wrapped:
        """Wrap a key under the provider's newest key. Raises Unavailable when the provider does not answer, or does not know us."""

    def unwrap(self, wrapped: Wrapped, *, context: str) -> bytes:
        """The key. Raises Unsealable when it is not for this context or its wrapping key is gone, Unavailable as `wrap`."""

    def present(self) -> str:
        """The `by` of what would be wrapped now: keys with another are to be wrapped again. Raises Unavailable as `wrap`."""
