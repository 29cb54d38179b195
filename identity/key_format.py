r"""How an API key is written: `fh_<16 base62>_<32 base62><6 base62>`, and `fht_…` where it is for trials. Pure: no database, no settings.

The sixteen are the public key id, of which the first six are the tenant's code, so that one address could serve
all tenants without a global table. The thirty-two are the secret (190 bits). The last six are the CRC-32 of all
that stands before them: a typing error or a scanner's false find is refused without asking the database.

A key for trials does what any key does, within a shorter life: the prefix lets people and scanners tell them apart.

For secret scanners: `\bfht?_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}\b`.
"""

import re
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Final

PREFIX: Final = "fh_"
TRIAL_PREFIX: Final = "fht_"
TENANT_CODE_LENGTH: Final = 6
KEY_ID_LENGTH: Final = 16
SECRET_LENGTH: Final = 32
CHECKSUM_LENGTH: Final = 6

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHAPE: Final = re.compile(
    rf"(?:{PREFIX}|{TRIAL_PREFIX})([0-9A-Za-z]{{{KEY_ID_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """A well-formed key: the whole text and its public part."""

    text: str = field(repr=False)
    key_id: str

    @property
    def tenant_code(self) -> str:
        """The six signs that name the tenant."""
        return self.key_id[:TENANT_CODE_LENGTH]

    @property
    def display(self) -> str:
        """Enough to recognise the key in a list, too little to use it, e.g. `fh_Ab12Cd…9xYz`."""
        prefix, _, _ = self.text.partition("_")
        return f"{prefix}_{self.tenant_code}…{self.text[-4:]}"


def generate(*, tenant_code: str, prefix: str = PREFIX) -> KeyText:
    """A new key for the tenant with this code; `prefix` is one of the two. Raises ValueError when the code is not six base62 signs."""
    if len(tenant_code) != TENANT_CODE_LENGTH or not all(sign in _ALPHABET for sign in tenant_code):
        message = f"a tenant code has {TENANT_CODE_LENGTH} base62 signs, not {tenant_code!r}"
        raise ValueError(message)
    key_id = tenant_code + _random(KEY_ID_LENGTH - TENANT_CODE_LENGTH)
    body = f"{prefix}{key_id}_{_random(SECRET_LENGTH)}"
    return KeyText(text=body + checksum(body), key_id=key_id)


def parse(text: str) -> KeyText | None:
    """Read a presented key; None when the shape or the checksum is wrong."""
    match = _SHAPE.fullmatch(text)
    if match is None or checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return KeyText(text=text, key_id=match[1])


def checksum(body: str) -> str:
    """CRC-32 of the text in six base62 signs, most significant first."""
    number = zlib.crc32(body.encode())
    signs = ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        signs = _ALPHABET[digit] + signs
    return signs


def _random(length: int) -> str:
    """Signs drawn evenly from the alphabet: `choice` has no modulo bias."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
