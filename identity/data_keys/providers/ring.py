"""Data keys under the installation's ring, `SEALING_KEYS`, which comes from a file or the environment."""

from identity.data_keys.providers.wrapping import Wrapped
from kernel import sealing


class Ring:
    """Wraps under the first key of the ring, unwraps under any. Always there."""

    name = "ring"

    def wrap(self, plain: bytes, *, context: str) -> Wrapped:
        """As `Provider.wrap`."""
        text = sealing.seal_at_home(plain, context=context)
        return Wrapped(text=text, by=sealing.sealed_by(text)[1])

    def unwrap(self, wrapped: Wrapped, *, context: str) -> bytes:
        """As `Provider.unwrap`."""
        return sealing.unseal(wrapped.text, context=context)

    def present(self) -> str:
        """As `Provider.present`."""
        return sealing.ring_key_id()
