"""One-time codes by the vectors of their RFCs, and by two other implementations."""

import pyotp
import pytest
from django_otp import oath as other

from identity.factors import oath

SECRET = b"12345678901234567890"
SEEDS = {"SHA1": SECRET, "SHA256": (SECRET * 2)[:32], "SHA512": (SECRET * 4)[:64]}
HOTP = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489")
TOTP = {
    59: ("94287082", "46119246", "90693936"),
    1_111_111_109: ("07081804", "68084774", "25091201"),
    1_111_111_111: ("14050471", "67062674", "99943326"),
    1_234_567_890: ("89005924", "91819424", "93441116"),
    2_000_000_000: ("69279037", "90698825", "38618901"),
    20_000_000_000: ("65353130", "77737706", "47863826"),
}


def test_rfc_4226_appendix_d_codes_by_counter() -> None:
    codes = tuple(oath.hotp(SECRET, counter=counter) for counter in range(10))

    assert codes == HOTP


@pytest.mark.parametrize("seconds", TOTP)
@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
def test_rfc_6238_appendix_b_codes_by_time(seconds: int, algorithm: str) -> None:
    wanted = TOTP[seconds][("SHA1", "SHA256", "SHA512").index(algorithm)]

    code = oath.hotp(SEEDS[algorithm], counter=oath.step_at(seconds), digits=8, algorithm=algorithm)

    assert code == wanted


@pytest.mark.parametrize("counter", [0, 1, 2**31, 2**40])
def test_other_implementations_make_the_same_codes(counter: int) -> None:
    code = oath.hotp(SECRET, counter=counter)

    assert int(code) == other.hotp(SECRET, counter)  # type: ignore[no-untyped-call]  # django-otp has no types
    assert code == pyotp.HOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").at(counter)
