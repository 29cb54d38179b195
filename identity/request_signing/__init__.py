"""Requests that carry a signature (RFC 9421) over method, address and body (RFC 9530), in one closed profile.

`actor_of` goes all the way from the headers to the actor that signed; the modules behind it are pure but for `checking` and `nonces`.
What is accepted stands in docs/signed-requests.md, why it is so narrow in ADR 36.
"""

from identity.request_signing import base, key_texts, nonces, public_keys
from identity.request_signing.checking import actor_of
from identity.request_signing.message import Message
from identity.request_signing.profile import ED25519, HMAC_SHA256, TAG

__all__ = ["ED25519", "HMAC_SHA256", "TAG", "Message", "actor_of", "base", "key_texts", "nonces", "public_keys"]
