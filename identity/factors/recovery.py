"""Recovery codes: ten of 120 bits, for who has lost every other factor. Shown once, used once, stored as digests.

At 112 bits and more a plain keyed digest is enough (ASVS 5.0.0-6.5.2).
"""

import base64
import os
from typing import Final

from identity.factors import refusals
from identity.factors.given import Given
from identity.models import RecoveryCode, SignInAttempt, User
from kernel import clock, sealing

NUMBER: Final = 10
RANDOM_BYTES: Final = 15
GROUP: Final = 4
AMR: Final = ("rec",)


def renew(user: User) -> list[str]:
    """Ten new codes such as `mzxw-6ytb-oi3d-knbt-q7ra-c2pu`; those before end. The person's row is locked by the caller."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [base64.b32encode(os.urandom(RANDOM_BYTES)).decode().lower() for _ in range(NUMBER)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_digest(user, code)) for code in codes)
    return ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes]


def remaining(user: User) -> int:
    """How many codes are left."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def drop(user: User) -> int:
    """End all codes; the number of those that were left."""
    left = remaining(user)
    RecoveryCode.objects.filter(user=user).delete()
    return left


def prove(user: User, attempt: SignInAttempt, given: Given) -> tuple[str, ...]:  # noqa: ARG001  (a code needs no attempt)
    """The proof by a code that was not used before. Raises FactorRefused."""
    digest = _digest(user, given.plain_code)
    code = RecoveryCode.objects.select_for_update().filter(user=user, code_hash=digest, used_at=None).first()
    if code is None:
        raise refusals.wrong_code()
    code.used_at = clock.now()
    code.save(update_fields=["used_at"])
    return AMR


def _digest(user: User, code: str) -> bytes:
    return sealing.digest(user.id.bytes + code.encode(), purpose="identity.recovery_code")
