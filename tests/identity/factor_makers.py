"""People with factors, and the codes that their apps would show; made by the product's own actions."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from identity import actions, sessions
from identity.actions import Challenged, Given, SignedIn
from identity.factors import oath
from identity.models import User
from kernel import clock
from kernel.actors import Actor
from tests import makers


def signed_in(person: User, *, amr: tuple[str, ...] = ("pwd", "otp")) -> Actor:
    """The actor behind a fresh session of a person, begun without the pipeline; unless told, a second factor was shown."""
    moment = clock.now()
    _, token = sessions.begin(person, moment=moment, amr=amr, mfa_at=moment if "otp" in amr else None)
    found = sessions.find(token)
    assert found is not None
    return found.actor


def code_of(secret: str, *, at: datetime | None = None) -> str:
    """The code that an authenticator app with this key shows at a moment."""
    moment = at or clock.now()
    return oath.hotp(base64.b32decode(secret), counter=oath.step_at(moment.timestamp()))


def add_app(person: User, *, name: str = "Telephone") -> str:
    """Give a person an authenticator app; its key in base32. Its first code is used up."""
    token = actions.open_enrolment(actor=signed_in(person))
    actions.begin_factor(token, kind="totp", name=name)
    shown = actions.show_enrolment(token, kind="totp", origin="http://acme.localhost")
    assert shown.app is not None
    actions.complete_factor(token, kind="totp", given=Given(code=code_of(shown.app.secret)))
    return shown.app.secret


def challenged(email: str) -> Challenged:
    """A sign-in with the right password that asks for more."""
    outcome = actions.sign_in(email, password=makers.PASSWORD)
    assert isinstance(outcome, Challenged)
    return outcome


def entered(outcome: Any) -> SignedIn:
    """A sign-in that is complete."""
    assert isinstance(outcome, SignedIn)
    return outcome


@contextmanager
def later(monkeypatch: Any, *, seconds: float) -> Iterator[datetime]:
    """The product's clock shows a later moment."""
    moment = clock.now() + timedelta(seconds=seconds)
    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: moment)
        yield moment
