"""A request as signatures see it: its method, where it goes, the headers that count, and its body. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from identity.request_signing import base, digests, profile
from identity.request_signing.faults import Unacceptable
from identity.request_signing.profile import DIGEST, TENANT, Claim

TENANT_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One request. `path` and `query` are as they were sent, escapes and all; a header that was not sent is None.

    `body` reads the body when it is wanted, so that nobody's body is read before the signature has shown who sends it.
    """

    method: str
    host: str
    scheme: str
    path: str
    query: str
    signature_input: str
    signature: str
    content_digest: str | None
    tenant: str | None
    body: Callable[[], bytes]

    def claim(self) -> Claim:
        """What the signature headers say, if they cover all that there is to cover. Raises Unacceptable."""
        claim = profile.read(signature_input=self.signature_input, signature=self.signature)
        given = ((DIGEST, self.content_digest), (TENANT, self.tenant))
        if any((name in claim.components) is (value is None) for name, value in given):
            raise Unacceptable("coverage")
        if self.tenant is not None and not (len(self.tenant) <= TENANT_MAX and self.tenant.isascii() and self.tenant.isprintable()):
            raise Unacceptable("malformed")
        return claim

    def signed_bytes(self, claim: Claim) -> bytes:
        """The signature base of this request for what was claimed. Raises Unacceptable when a part of it cannot stand there, such as `ü` in the query."""
        try:
            return base.of(self._components(claim), parameters=claim.parameters)
        except ValueError as fault:
            raise Unacceptable("malformed") from fault

    def require_body(self) -> None:
        """Refuse a body that is not the one that was signed; without a digest there must be none. Raises Unacceptable, and what `body` raises."""
        body = self.body()
        if self.content_digest is not None:
            digests.require_match(self.content_digest, body=body)
        elif body:
            raise Unacceptable("body_not_covered")

    def _components(self, claim: Claim) -> Iterator[tuple[str, str]]:
        values = {
            "@method": self.method,
            "@authority": base.authority(self.host, scheme=self.scheme),
            "@path": self.path,
            "@query": base.query(self.query),
            DIGEST: (self.content_digest or "").strip(" \t"),
            TENANT: (self.tenant or "").strip(" \t"),
        }
        return ((f'"{name}"', values[name]) for name in claim.components)
