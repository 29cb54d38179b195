"""How a way in ends: signed in, or asked for more."""

from dataclasses import dataclass, field
from datetime import datetime

from identity.models import Session, User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A begun session: its token, which is not stored, and its person.

    `grace_until` is set where the rules ask for a second factor that the person does not have yet; `return_path` is where they wanted to go.
    """

    session_token: str = field(repr=False)
    user: User
    session: Session
    grace_until: datetime | None = None
    return_path: str = ""
    is_password_leaked: bool = False


@dataclass(frozen=True, slots=True)
class Challenged:
    """More is asked for: `token` names the attempt, and only this browser may have it.

    `factors` are the kinds that are taken, the strongest first; with `must_enrol` the person has none that counts and sets one up now.
    """

    token: str = field(repr=False)
    factors: tuple[str, ...]
    must_enrol: bool = False
    grace_until: datetime | None = None


Outcome = SignedIn | Challenged
