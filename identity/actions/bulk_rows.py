"""One row of a run: the same actions that a single change takes, and what must be known to take it back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from identity import access, inputs, queries, reach, teams
from identity.actions import people
from identity.actions.teams import add_team_members, remove_team_member
from identity.bulk import lookalikes
from identity.bulk.kinds import Kind, RowOutcome, names_in
from identity.models import Status, User
from identity.permissions import Permission
from identity.texts import BadText, email
from kernel.actors import Actor

SOURCE: Final = "bulk"
"""The door that a person's change of status came by."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of a row. `before` is what an undo needs: the version that the person had afterwards, and what was otherwise before."""

    outcome: RowOutcome
    person: User
    before: dict[str, Any] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for one person: the cells of the row, the run's reason for rows that give none, and in whose name."""

    cells: dict[str, str]
    reason: str
    actor: Actor

    @property
    def why(self) -> str:
        """The row's own reason, or the run's."""
        return self.cells.get("reason") or self.reason


def work(kind: Kind, asked: Asked) -> Worked:
    """Do to one person what a run of this kind does. Raises what the single action raises."""
    return WORK[kind](asked)


def _invite(asked: Asked) -> Worked:
    cells = asked.cells
    _refuse_lookalike(cells["email"])
    chosen = teams.find(names_in(cells.get("teams", "")) or [])
    added = people.add_person(cells["email"], cells["name"], names_in(cells.get("roles", "")) or [], actor=asked.actor)
    for team in chosen:
        add_team_members(team.id, members=[added.person.public_id], actor=asked.actor)
    return _done(added.person, before={})


def _change(asked: Asked) -> Worked:
    cells = asked.cells
    person = queries.person_for_update(queries.person_by_email(cells["email"]).id)
    before = {"name": person.name, **held(person), "until": _ends(person)}
    wanted = names_in(cells.get("teams", ""))
    moved = wanted is not None and exchange_teams(person, wanted=wanted, actor=asked.actor)
    roles = names_in(cells.get("roles", ""))
    changed = people.change_person(person.id, name=cells.get("name") or None, role_names=roles, actor=asked.actor)
    is_same = changed.version == person.version and not moved
    return Worked(RowOutcome.UNCHANGED, changed) if is_same else _done(changed, before={**before, "left": held(changed)})


def _suspend(asked: Asked) -> Worked:
    person, why = _person(asked), inputs.reason(asked.why)
    if person.status == Status.SUSPENDED:
        return Worked(RowOutcome.UNCHANGED, person)
    before = {"status": str(person.status)}
    return _done(people.carry_out_suspension(person, reason=why, actor=asked.actor, source=SOURCE), before=before)


def _resume(asked: Asked) -> Worked:
    person = _person(asked)
    if person.status in people.UNHINDERED:
        return Worked(RowOutcome.UNCHANGED, person)
    before = {"status": str(person.status)}
    return _done(people.carry_out_resumption(person, actor=asked.actor, source=SOURCE), before=before)


def _deactivate(asked: Asked) -> Worked:
    person, why = _person(asked), inputs.reason(asked.why)
    if person.status == Status.DEACTIVATED:
        return Worked(RowOutcome.UNCHANGED, person)
    before = {"status": str(person.status), "reason": person.status_reason}
    return _done(people.carry_out_deactivation(person, reason=why, actor=asked.actor, source=SOURCE), before=before)


WORK: Final[dict[Kind, Callable[[Asked], Worked]]] = {
    Kind.INVITE: _invite,
    Kind.CHANGE: _change,
    Kind.SUSPEND: _suspend,
    Kind.RESUME: _resume,
    Kind.DEACTIVATE: _deactivate,
}


def held(person: User) -> dict[str, list[str]]:
    """The names of the roles and teams that a person has by name now."""
    return {"roles": person.role_names, "teams": sorted(teams.held_by(person))}


def _ends(person: User) -> dict[str, str]:
    """When each role that the person has only for a while ends."""
    own = person.bindings.select_related("role").filter(access.living(), expires_at__isnull=False)
    return {binding.role.name: binding.expires_at.isoformat() for binding in own if binding.expires_at}


def exchange_teams(person: User, *, wanted: list[str], actor: Actor) -> bool:
    """Put a person into exactly these teams; whether that changed anything. Raises what the actions of teams raise."""
    present, future = teams.held_by(person), {team.name: team for team in teams.find(wanted)}
    for name in sorted(future.keys() - present.keys()):
        add_team_members(future[name].id, members=[person.public_id], actor=actor)
    for name in sorted(present.keys() - future.keys()):
        remove_team_member(present[name].id, member=person.public_id, actor=actor)
    return present.keys() != future.keys()


def _person(asked: Asked) -> User:
    """The person of a row, locked, so that what was before is what the change begins with; nobody beyond the asker's own permissions."""
    asked.actor.require(Permission.WRITE_PEOPLE)
    person = queries.person_for_update(queries.person_by_email(asked.cells["email"]).id)
    reach.require_within(asked.actor, access.grants_of(person))
    return person


def _done(person: User, *, before: dict[str, Any]) -> Worked:
    return Worked(RowOutcome.DONE, person, {**before, "version": person.version})


def _refuse_lookalike(address: str) -> None:
    try:
        doubt = lookalikes.suspicion(email(address))
    except BadText:
        return  # the action says what is wrong with it
    if doubt:
        raise inputs.refuse("/email", code="lookalike", detail=f"{doubt} If it is right, invite this person singly.")
