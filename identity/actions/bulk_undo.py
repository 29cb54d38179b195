"""Taking back one row of a run, as far as the person is still as the run left them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from identity import bindings, queries
from identity.actions import people
from identity.actions.bindings import grant_role
from identity.actions.bulk_rows import SOURCE, Worked, exchange_teams, held
from identity.actions.invitations import renew_invitation
from identity.bulk.kinds import Kind, RowOutcome
from identity.models import BulkRow, Status, User
from kernel import clock
from kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class Back:
    """A person as the run left them, what was otherwise before, and why and in whose name it is taken back."""

    person: User
    before: dict[str, Any]
    reason: str
    actor: Actor


def take_back(kind: Kind, *, row: BulkRow, reason: str, actor: Actor) -> Worked:
    """Undo what a run of this kind did to one person; SKIPPED, with why, when somebody changed the person since. Raises what the single action raises."""
    found = row.person_id or queries.person_by_email(row.given["email"]).id
    person = queries.person_for_update(found)
    if person.version != row.before.get("version") or row.before.get("left", held(person)) != held(person):
        return _skipped(person, "They changed after the run, so they stay as they are.")
    return UNDO[kind](Back(person, row.before, reason, actor))


def _invited(back: Back) -> Worked:
    people.deactivate_person(back.person.id, reason=back.reason, actor=back.actor)
    return _done(back.person, "Their invitation is withdrawn.")


def _changed(back: Back) -> Worked:
    exchange_teams(back.person, wanted=back.before["teams"], actor=back.actor)
    present, ends = set(back.person.role_names), back.before["until"]
    lasting = [name for name in back.before["roles"] if name not in ends or name in present]
    people.change_person(back.person.id, name=back.before["name"], role_names=lasting, actor=back.actor)
    for name in ends.keys() - present:
        _lend_again(back, role_name=name, until=datetime.fromisoformat(ends[name]))
    return _done(back.person, "Name, roles and teams are as before.")


def _lend_again(back: Back, *, role_name: str, until: datetime) -> None:
    """A role that they had until a moment, until that moment; nothing when it has passed."""
    if until > clock.now():
        (role,) = bindings.find([role_name])
        grant_role(back.person.public_id, role_id=role.id, expires_at=until, actor=back.actor)


def _suspended(back: Back) -> Worked:
    people.resume_person(back.person.id, actor=back.actor)
    return _done(back.person, "They may enter again.")


def _resumed(back: Back) -> Worked:
    people.suspend_person(back.person.id, reason=back.reason, actor=back.actor)
    return _done(back.person, "They are suspended again.")


def _deactivated(back: Back) -> Worked:
    status = Status(back.before["status"])
    if status is Status.INVITED:
        renew_invitation(back.person.id, actor=back.actor)
        return _done(back.person, "They have a new invitation, because the one before ended.")
    people.carry_out_reinstatement(back.person, status=status, reason=back.before["reason"], actor=back.actor, source=SOURCE)
    return _done(back.person, REINSTATED[Status(back.person.status)])


REINSTATED: Final = {
    Status.ACTIVE: "They may enter again with their password, and their keys work again.",
    Status.WAITING: "They wait for a seat, because none is free.",
    Status.SUSPENDED: "They are suspended as before, and may be resumed.",
}

UNDO: Final[dict[Kind, Callable[[Back], Worked]]] = {
    Kind.INVITE: _invited,
    Kind.CHANGE: _changed,
    Kind.SUSPEND: _suspended,
    Kind.RESUME: _resumed,
    Kind.DEACTIVATE: _deactivated,
}


def _done(person: User, detail: str) -> Worked:
    return Worked(RowOutcome.DONE, person, detail=detail)


def _skipped(person: User, detail: str) -> Worked:
    return Worked(RowOutcome.SKIPPED, person, detail=detail)
