r"""How signing keys are written: the id `fhh_<16 base62>`, and the secret of an HMAC key `fhhs_<43 base62>` (256 bits).

The first six signs of the id are the tenant's code, as in API keys: another tenant's id is refused without a look at the database. The
secret's own ASCII text is the HMAC key: nothing has to be decoded. For secret scanners: `\bfhhs_[0-9A-Za-z]{43}\b`. Pure but for the
sealing.
"""

import secrets
import string
from typing import Final
from uuid import UUID

from kernel import sealing

ID_PREFIX: Final = "fhh_"
SECRET_PREFIX: Final = "fhhs_"  # noqa: S105  (what secrets begin with)
TENANT_CODE_LENGTH: Final = 6
ID_LENGTH: Final = 16
SECRET_LENGTH: Final = 43
_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_id(*, tenant_code: str) -> str:
    """A public id for the tenant with this code."""
    return f"{ID_PREFIX}{tenant_code}{_random(ID_LENGTH - TENANT_CODE_LENGTH)}"


def tenant_code(key_id: str) -> str:
    """The six signs of an id that name the tenant."""
    return key_id[len(ID_PREFIX) :][:TENANT_CODE_LENGTH]


def new_secret() -> str:
    """A secret for HMAC-SHA-256."""
    return SECRET_PREFIX + _random(SECRET_LENGTH)


def sealed(secret: str, *, row_id: UUID) -> str:
    """The secret at rest: it must be read back, so it is sealed for its row, not hashed."""
    return sealing.seal(secret.encode(), context=_place(row_id))


def unsealed(text: str, *, row_id: UUID) -> bytes:
    """The HMAC key of a row. Raises kernel.sealing.Unsealable."""
    return sealing.unseal(text, context=_place(row_id))


def _place(row_id: UUID) -> str:
    return f"identity.signing_key:{row_id}"


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
