"""Writing absence: suspending people who were not seen for long, and telling them a week before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit import actions as audit
from identity import events, inactivity, inputs, mailing, queries
from identity.actions import people
from identity.models import User
from identity.permissions import Permission
from identity.problems import LastOwner
from identity.security import FIGURES
from kernel import clock, tenancy
from kernel.actors import Actor

DAYS_MOST: Final = FIGURES["inactive_days"].most


@dataclass(frozen=True, slots=True)
class Absence:
    """Who was suspended for absence, and who would have been but stays because the tenant has no other owner."""

    suspended: list[User]
    kept: list[User]


def end_inactive(*, days: int, actor: Actor) -> Absence:
    """Suspend everybody who was not seen for so many days, 1 to 3,660, each in a transaction of their own; they can be resumed.

    Never the last owner, and no break-glass account. Raises Forbidden, InputInvalid.
    """
    actor.require(Permission.WRITE_PEOPLE)
    _require_days(days)
    found = Absence(suspended=[], kept=[])
    for user in list(inactivity.due(days=days, now=clock.now())):
        try:
            ended = _end_one(user, days=days, actor=actor)
        except LastOwner:
            found.kept.append(user)
        else:
            found.suspended.extend(ended)
    return found


@tenancy.atomic
def remind_inactive(*, days: int, actor: Actor) -> list[User]:
    """Mail those whose access will end for absence within a week, once for each absence; without a mail server it is only noted.

    Raises Forbidden, InputInvalid.
    """
    actor.require(Permission.WRITE_PEOPLE)
    _require_days(days)
    moment = clock.now()
    reminded = list(inactivity.to_remind(days=days, now=moment))
    for user in reminded:
        left = max(1, days - (moment - _seen_at(user)).days)
        User.objects.filter(id=user.id).update(reminded_at=moment)
        mailing.announce_end(user, days_left=left)
        audit.record(events.PersonReminded(subject=user.public_id, subject_label=user.email, days_left=left), actor=actor)
    return reminded


@tenancy.atomic
def _end_one(user: User, *, days: int, actor: Actor) -> list[User]:
    """Suspend one person, unless they came back since they were listed."""
    locked = queries.person_for_update(user.id)
    if not inactivity.due(days=days, now=clock.now()).filter(id=user.id).exists():
        return []
    why = f"Not seen for {days} days."
    return [people.carry_out_suspension(locked, reason=why, actor=actor, source=inactivity.SOURCE)]


def _seen_at(user: User) -> datetime:
    return user.seen_at  # type: ignore[attr-defined,no-any-return]  # annotated by the query


def _require_days(days: int) -> None:
    if not 1 <= days <= DAYS_MOST:
        raise inputs.refuse("/days", code="out_of_range", detail=f"Write a number of days from 1 to {DAYS_MOST:,}.")
