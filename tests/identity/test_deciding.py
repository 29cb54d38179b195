"""What comes after a proof, as a table."""

from datetime import timedelta

import pytest

from identity.factors import Requirement
from identity.pipeline.deciding import Verdict, decide
from kernel import clock

ALL = frozenset({"webauthn", "totp", "sms", "recovery"})
KEYS = frozenset({"webauthn"})
OFF, ANY, RESISTANT = "off", "any", "phishing_resistant"


def _asked(level: str, allowed: frozenset[str] = ALL, *, days: int | None = None) -> Requirement:
    until = None if days is None else clock.now() + timedelta(days=days)
    return Requirement(level=level, allowed=allowed, grace_until=until, remember_days=0)


@pytest.mark.parametrize(
    ("asked", "held", "amr", "verdict", "kinds"),
    [
        (_asked(OFF), "", "pwd", Verdict.ENTER, ()),
        (_asked(OFF), "totp", "pwd", Verdict.ASK, ("totp",)),
        (_asked(OFF), "totp", "pwd otp", Verdict.ENTER, ()),
        (_asked(ANY), "", "pwd", Verdict.ENROL, ("webauthn", "totp", "sms")),
        (_asked(ANY), "totp recovery", "pwd", Verdict.ASK, ("totp", "recovery")),
        (_asked(ANY), "recovery", "pwd", Verdict.ASK, ("recovery",)),
        (_asked(ANY), "totp recovery", "pwd rec", Verdict.ENTER, ()),
        (_asked(ANY), "webauthn", "hwk user mfa", Verdict.ENTER, ()),
        (_asked(ANY, days=1), "", "pwd", Verdict.ENTER, ()),
        (_asked(ANY, days=-1), "", "pwd", Verdict.ENROL, ("webauthn", "totp", "sms")),
        (_asked(ANY, frozenset({"totp"})), "sms", "pwd", Verdict.ASK, ("sms",)),
        (_asked(RESISTANT, KEYS), "webauthn totp", "pwd", Verdict.ASK, ("webauthn",)),
        (_asked(RESISTANT, KEYS), "webauthn totp", "pwd swk", Verdict.ENTER, ()),
        (_asked(RESISTANT, KEYS), "webauthn totp", "pwd otp", Verdict.ASK, ("webauthn",)),
        (_asked(RESISTANT, KEYS), "totp", "pwd", Verdict.ASK, ("totp",)),
        (_asked(RESISTANT, KEYS), "totp", "pwd otp", Verdict.ENROL, ("webauthn",)),
        (_asked(RESISTANT, KEYS, days=1), "totp", "pwd", Verdict.ASK, ("totp",)),
        (_asked(RESISTANT, KEYS, days=1), "totp", "pwd otp", Verdict.ENTER, ()),
        (_asked(RESISTANT, KEYS), "", "pwd", Verdict.ENROL, ("webauthn",)),
    ],
)
def test_what_comes_next(asked: Requirement, held: str, amr: str, verdict: Verdict, kinds: tuple[str, ...]) -> None:
    holds = frozenset(held.split())

    assert decide(asked, held=holds, usable=holds & asked.allowed, amr=amr.split()) == (verdict, kinds)
