"""Sign-ins, enrolments and step-ups that have begun and are not complete: one row each, known by a token that only one browser has.

Ten minutes, one use, five wrong proofs. A row carries the person's epoch of its beginning, so that what ends the person's access ends it too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import F, QuerySet

from identity import tokens
from identity.models import Session, SignInAttempt, Status, User
from identity.problems import AttemptEnded
from kernel import clock

LIFE_S: Final = 600
FAILURES_MAX: Final = 5
RETURN_PATH_MAX: Final = 500


class Purpose(StrEnum):
    """What a begun attempt is for."""

    SIGN_IN = "sign_in"
    """The first proof was given, a second factor is asked for."""
    ENROL = "enrol"
    """A second factor must be set up before the session begins."""
    STEP_UP = "step_up"
    """A signed-in person proves once more who they are."""
    PASSKEY = "passkey"
    """A passkey is asked for before anybody said who they are."""
    SUPPORT = "support"
    """Somebody of the operator is about to enter as the person."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A new attempt and its token, which is not stored."""

    attempt: SignInAttempt
    token: str = field(repr=False)


def begin(
    purpose: str,
    *,
    user: User | None,
    proofs: Iterable[str] = (),
    method: str = "password",
    session: Session | None = None,
    return_path: str = "",
    life_s: int = LIFE_S,
) -> Begun:
    """A new attempt for a person (None: not known yet), with the proofs given so far and the way by which they were.

    A `return_path` of more than 500 characters is dropped: half of an address leads nowhere.
    """
    token = tokens.generate()
    moment = clock.now()
    attempt = SignInAttempt.objects.create(
        token_hash=tokens.digest(token),
        purpose=str(purpose),
        method=method,
        user=user,
        epoch=user.epoch if user else 0,
        session=session,
        proofs=list(proofs),
        return_path=return_path if len(return_path) <= RETURN_PATH_MAX else "",
        created_at=moment,
        expires_at=moment + timedelta(seconds=life_s),
    )
    return Begun(attempt=attempt, token=token)


def find(token: str, *, purpose: str | Iterable[str]) -> SignInAttempt:
    """The living attempt behind a token, locked until the transaction ends, its person loaded. Call it in a transaction.

    Dead are: used, ten minutes old, five times failed, of another purpose, of a person who is not active or whose epoch moved on. Raises
    AttemptEnded, the same for all of these.
    """
    return _one(token, purpose=purpose, among=SignInAttempt.objects.select_for_update(of=("self",)))


def peek(token: str, *, purpose: str | Iterable[str]) -> SignInAttempt:
    """The same without the lock, to show a page. Raises AttemptEnded."""
    return _one(token, purpose=purpose, among=SignInAttempt.objects.all())


def consume(attempt: SignInAttempt) -> None:
    """Use the attempt up. Raises AttemptEnded when somebody else was faster."""
    used = SignInAttempt.objects.filter(id=attempt.id, consumed_at=None).update(consumed_at=clock.now())
    if not used:
        raise _ended()


def note_failure(attempt: SignInAttempt) -> None:
    """Count a wrong proof. Call it in a transaction that stays although the proof was refused."""
    SignInAttempt.objects.filter(id=attempt.id).update(failures=F("failures") + 1)


def forget(moment: datetime, *, most: int) -> int:
    """Delete attempts that were over at a moment, with the codes that were sent for them; the number, at most `most`."""
    over = list(SignInAttempt.objects.filter(expires_at__lte=moment).values_list("id", flat=True)[:most])
    SignInAttempt.objects.filter(id__in=over).delete()
    return len(over)


def _one(token: str, *, purpose: str | Iterable[str], among: QuerySet[SignInAttempt]) -> SignInAttempt:
    digest = tokens.digest(token)
    if digest is None:
        raise _ended()
    wanted = [purpose] if isinstance(purpose, str) else list(purpose)
    living = among.filter(purpose__in=wanted, consumed_at=None, expires_at__gt=clock.now(), failures__lt=FAILURES_MAX)
    found = living.select_related("user").filter(token_hash=digest).first()
    if found is None or not _is_of_the_living(found.user, epoch=found.epoch):
        raise _ended()
    return found


def _is_of_the_living(user: User | None, *, epoch: int) -> bool:
    return user is None or (user.status == Status.ACTIVE and user.epoch == epoch)


def _ended() -> AttemptEnded:
    return AttemptEnded("Begin again: what was begun is over, was used, or failed too often.")
