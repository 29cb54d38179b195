"""Licence seats: who has one, and what becomes of one person too many. `lifecycle` takes and releases them; nobody else does.

A person has a seat while they are active, and only then, so people are counted by their status and the rows of `Seat` say since when. Every count
that decides something is made while the policy's row is locked, until the transaction ends: two people cannot both take the last seat.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import QuerySet

from audit import actions as audit
from identity import events, mailing
from identity.models import Seat, SeatPolicy, Status, User
from identity.problems import SeatsExhausted
from kernel import clock
from kernel.actors import Actor
from kernel.tasks import enqueue_later

POLICY_ID: Final = 1
ACTOR: Final = Actor.system("seats")
RETRY_S: Final = 2.0


class Rule(StrEnum):
    """What becomes of one person too many."""

    REFUSE = "refuse"
    """They are told that no seat is free; their invitation stays open."""
    FLAG = "flag"
    """They enter, and their seat is marked as one too many."""
    QUEUE = "queue"
    """They wait, and enter in the order in which they came as soon as seats are free."""


class Outcome(StrEnum):
    """What taking a seat came to."""

    TAKEN = "taken"
    OVER = "over"
    """Taken although none was free."""
    WAITING = "waiting"
    """Not taken: the person enters later."""


@dataclass(frozen=True, slots=True)
class SeatCount:
    """How many seats there are (None: as many as people), and how many people have one, have one too many, and wait for one."""

    maximum: int | None
    taken: int
    over: int
    waiting: int

    @property
    def free(self) -> int | None:
        """How many people may still enter; None when nothing limits them."""
        return None if self.maximum is None else max(0, self.maximum - self.taken)


def take(user: User) -> Outcome:
    """Give a person who is about to become active a seat, by the tenant's rule. The caller writes the status that follows from the answer.

    Raises SeatsExhausted under the rule `refuse`.
    """
    policy = locked()
    taken = _active().exclude(id=user.id).count() if policy.maximum is not None else 0
    is_over = policy.maximum is not None and taken >= policy.maximum
    if is_over and policy.rule == Rule.QUEUE:
        return Outcome.WAITING
    if is_over and policy.rule == Rule.REFUSE:
        raise SeatsExhausted(
            "Ask an administrator to free a seat or to raise their number, and try again.", maximum=policy.maximum, taken=taken
        )
    _sit(user, is_over=is_over)
    if not is_over:
        return Outcome.TAKEN
    event = events.SeatsExceeded(subject=user.public_id, subject_label=user.email, maximum=policy.maximum or 0, taken=taken + 1)
    audit.record(event, actor=ACTOR)
    return Outcome.OVER


def release(user: User) -> list[User]:
    """Take the seat of a person who is not active any more; the people whose turn that makes it, as `fill` returns them."""
    policy = locked()
    Seat.objects.filter(user=user, released_at=None).update(released_at=clock.now())
    if Seat.objects.filter(released_at=None, is_over=True).exists():
        mark(policy)
    return _fill(policy)


def fill() -> list[User]:
    """Give free seats to people who wait, oldest first; the caller lets each of them in. Their rows are locked."""
    return _fill(locked())


def count() -> SeatCount:
    """How the seats stand now, without a lock."""
    policy = SeatPolicy.objects.filter(id=POLICY_ID).first()
    maximum = None if policy is None else policy.maximum
    taken = _active().count()
    over = 0 if maximum is None else max(0, taken - maximum)
    return SeatCount(maximum=maximum, taken=taken, over=over, waiting=_waiting().count())


def locked() -> SeatPolicy:
    """The tenant's policy, locked until the transaction ends; made at its first use."""
    policy = SeatPolicy.objects.select_for_update().filter(id=POLICY_ID).first()
    if policy is not None:
        return policy
    SeatPolicy.objects.bulk_create([SeatPolicy(id=POLICY_ID)], ignore_conflicts=True)
    return SeatPolicy.objects.select_for_update().get(id=POLICY_ID)


def settle(policy: SeatPolicy) -> None:
    """Make the rows of seats say what the people's states say, e.g. for people who were active before seats were counted."""
    stale = Seat.objects.filter(released_at=None).exclude(user__status=Status.ACTIVE)
    stale.update(released_at=clock.now())
    lacking = _active().exclude(id__in=Seat.objects.filter(released_at=None).values("user_id")).only("id", "status_at")
    Seat.objects.bulk_create((Seat(user=user, taken_at=user.status_at) for user in lacking.iterator()), batch_size=1_000)
    mark(policy)


def mark(policy: SeatPolicy) -> None:
    """Mark as one too many the seats that were taken last, as many as there are beyond the maximum, and no others."""
    held = Seat.objects.filter(released_at=None)
    over = 0 if policy.maximum is None else max(0, _active().count() - policy.maximum)
    last = list(held.order_by("-taken_at", "-id").values_list("id", flat=True)[:over])
    held.filter(is_over=True).exclude(id__in=last).update(is_over=False)
    held.filter(id__in=last, is_over=False).update(is_over=True)


def _fill(policy: SeatPolicy) -> list[User]:
    waiting = _waiting().count()
    if not waiting:
        return []
    free = waiting if policy.maximum is None else max(0, policy.maximum - _active().count())
    entering_most = waiting if policy.rule == Rule.FLAG else min(waiting, free)
    # A row that somebody else has locked is passed over: they may wait for the policy that is locked here.
    turn = _waiting().select_for_update(skip_locked=True).order_by("status_at", "id")
    entering = list(turn[:entering_most])
    for number, user in enumerate(entering):
        _sit(user, is_over=number >= free)
        audit.record(events.SeatGiven(subject=user.public_id, subject_label=user.email), actor=ACTOR)
        mailing.announce_seat(user)
    if len(entering) < entering_most:
        enqueue_later("identity.fill_seats", delay_s=RETRY_S)
    return entering


def _sit(user: User, *, is_over: bool) -> None:
    Seat.objects.get_or_create(user=user, released_at=None, defaults={"is_over": is_over, "taken_at": clock.now()})


def _active() -> QuerySet[User]:
    return User.objects.filter(status=Status.ACTIVE)


def _waiting() -> QuerySet[User]:
    return User.objects.filter(status=Status.WAITING)
