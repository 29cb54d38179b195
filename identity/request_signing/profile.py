"""Reading `Signature-Input` and `Signature` in the one form that is accepted. Pure.

RFC 9421 lets the signer choose what is covered and which parameters are given, and leaves it to each application to say what it wants
(section 1.4). This one wants everything, always in the same order, so what may be sent is a fixed sentence with six blanks: a pattern
reads it, and whatever else the Structured Fields of RFC 9651 could say is refused unread. Text that matches is in the canonical form of
RFC 9651, section 4.1, so the signature base takes it as it came.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from identity.request_signing.faults import Unacceptable

HMAC_SHA256: Final = "hmac-sha256"
ED25519: Final = "ed25519"
SIGNATURE_BYTES: Final = {HMAC_SHA256: 32, ED25519: 64}
TAG: Final = "freehold-v1"
LONGEST_S: Final = 300
SKEW_S: Final = 30
INPUT_MAX: Final = 600
SIGNATURE_MAX: Final = 140

ALWAYS: Final = ("@method", "@authority", "@path", "@query")
DIGEST: Final = "content-digest"
TENANT: Final = "x-tenant-id"

_LABEL: Final = r"([a-z*][a-z0-9_.*-]{0,31})"
_INPUT: Final = re.compile(
    _LABEL
    + r'=(\(("@method" "@authority" "@path" "@query"(?: "content-digest")?(?: "x-tenant-id")?)\)((?:;[a-z]{3,7}=[^;, ]{1,90}){6}))',
    re.ASCII,
)
_SIGNATURE: Final = re.compile(_LABEL + r"=:([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==):", re.ASCII)
_PARAMETERS: Final = {
    "created": re.compile(r"([1-9][0-9]{0,11})", re.ASCII),
    "expires": re.compile(r"([1-9][0-9]{0,11})", re.ASCII),
    "nonce": re.compile(r'"([A-Za-z0-9+/=_.~-]{16,64})"', re.ASCII),
    "keyid": re.compile(r'"(fhh_[0-9A-Za-z]{16})"', re.ASCII),
    "alg": re.compile(r'"(hmac-sha256|ed25519)"', re.ASCII),
    "tag": re.compile(rf'"({re.escape(TAG)})"', re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the two headers say: `parameters` is the covered list with its parameters as it stands in the last line of the signature base.

    `created` and `expires` are seconds since 1970. Nothing of it is true yet.
    """

    components: tuple[str, ...]
    parameters: str
    created: int
    expires: int
    nonce: str
    key_id: str
    algorithm: str
    signature: bytes


def read(*, signature_input: str, signature: str) -> Claim:
    """The one signature of a request. Raises Unacceptable for any other form, for two signatures, and for headers that are too long."""
    if len(signature_input) > INPUT_MAX or len(signature) > SIGNATURE_MAX:
        raise Unacceptable("too_long")
    described, signed = _INPUT.fullmatch(signature_input), _SIGNATURE.fullmatch(signature)
    if described is None or signed is None or described[1] != signed[1]:
        raise Unacceptable("malformed")
    values = _values(described[4])
    proof = base64.b64decode(signed[2])
    # The last sign has bits that decode to nothing: one signature, one spelling.
    if len(proof) != SIGNATURE_BYTES[values["alg"]] or base64.b64encode(proof).decode() != signed[2]:
        raise Unacceptable("malformed")
    return Claim(
        components=tuple(described[3].replace('"', "").split(" ")),
        parameters=described[2],
        created=int(values["created"]),
        expires=int(values["expires"]),
        nonce=values["nonce"],
        key_id=values["keyid"],
        algorithm=values["alg"],
        signature=proof,
    )


def require_present(claim: Claim, *, now_s: float) -> None:
    """Refuse a signature that is not of this moment, or that would be one for longer than five minutes; clocks may differ by 30 seconds."""
    if not 0 < claim.expires - claim.created <= LONGEST_S:
        raise Unacceptable("lifetime")
    if claim.created > now_s + SKEW_S:
        raise Unacceptable("future")
    if claim.expires + SKEW_S <= now_s:
        raise Unacceptable("expired")


def _values(text: str) -> dict[str, str]:
    """The six parameters by name, each once and in any order. No value can hold a semicolon, so cutting at them is safe."""
    values: dict[str, str] = {}
    for pair in text[1:].split(";"):
        name, _, value = pair.partition("=")
        pattern = _PARAMETERS.get(name)
        match = None if pattern is None else pattern.fullmatch(value)
        if match is None or name in values:
            raise Unacceptable("malformed")
        values[name] = match[1]
    return values
