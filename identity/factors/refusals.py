"""How a factor says no."""

from datetime import datetime
from math import ceil
from typing import Final

from identity.models import SmsDevice, TotpDevice
from identity.problems import FactorRefused, FactorThrottled
from kernel import clock

DOUBLED_MAX: Final = 11
"""How often the wait after a wrong code is doubled: 2 ** 11 seconds are the longest."""


def wrong_code() -> FactorRefused:
    """The refusal of a code, to be raised by the caller; it does not tell what was wrong."""
    detail = "This code does not work here. Check it, wait for the next one, or use another way."
    return FactorRefused("Try again or use another way.", errors=[{"pointer": "/code", "code": "factor_refused", "detail": detail}])


def wrong_passkey() -> FactorRefused:
    """The refusal of a passkey."""
    return FactorRefused("This passkey was not accepted here. Try again, or use another way.")


def require_patience(device: TotpDevice | SmsDevice) -> None:
    """Go on only when the wait after the last wrong code is over: 1 s, 2 s, 4 s …, by django-otp. Raises FactorThrottled."""
    allowed, told = device.verify_is_allowed()  # type: ignore[no-untyped-call]  # django-otp has no types
    if allowed:
        return
    until: datetime | None = (told or {}).get("locked_until")
    wait_s = 1 if until is None else max(1, ceil((until - clock.now()).total_seconds()))
    raise FactorThrottled(f"Wait {wait_s} second{'' if wait_s == 1 else 's'}, then try again.", retry_after_s=wait_s)


def note_wrong(device: TotpDevice | SmsDevice) -> None:
    """A code was wrong: the next wait is twice as long, and at most 34 minutes: who knows a password must not shut its person out for days."""
    device.throttling_failure_count = min(device.throttling_failure_count, DOUBLED_MAX)
    device.throttle_increment()  # type: ignore[no-untyped-call]  # django-otp has no types


def note_right(device: TotpDevice | SmsDevice) -> None:
    """A code was right: nobody waits. The caller saves the row."""
    device.throttle_reset(commit=False)  # type: ignore[no-untyped-call]  # django-otp has no types
