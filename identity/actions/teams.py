"""Writing teams: make, change, delete, and who is in them. Nobody puts somebody into a team whose roles they do not have themselves."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import IntegrityError

from audit import actions as audit
from identity import bindings, events, inputs, lifecycle, queries, reach, sessions, teams
from identity.actions.way_in import way_in_kept
from identity.models import MfaPolicy, Role, Status, Team, TeamMember, User
from identity.permissions import Permission
from identity.problems import TeamInUse, TeamMemberNotFound, TeamTaken
from identity.teams import Holder
from kernel import ids, problems, tenancy
from kernel.actors import Actor
from kernel.problems import NotFound

MEMBERS_AT_ONCE: Final = 100


@tenancy.atomic
def create_team(name: str, *, label: str, description: str = "", actor: Actor) -> Team:
    """Make a team, without members and roles. Raises Forbidden, InputInvalid, TeamTaken."""
    actor.require(Permission.WRITE_TEAMS)
    slug, title, purpose = inputs.role_name(name), inputs.label(label), inputs.description(description)
    team = _create(Team(name=slug, label=title, description=purpose))
    audit.record(events.TeamCreated(subject=team.public_id, subject_label=team.label, team=team.name), actor=actor)
    return team


@tenancy.atomic
def change_team(
    id: UUID,  # noqa: A002  (the word of the URL and of the API)
    *,
    label: str | None = None,
    description: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> Team:
    """Change what a team is called or is for; None leaves as it is.

    Idempotent: what is so already is not recorded. Raises Forbidden, InputInvalid, NotFound, PreconditionFailed.
    """
    actor.require(Permission.WRITE_TEAMS)
    title = None if label is None else inputs.label(label)
    purpose = None if description is None else inputs.description(description)
    team = queries.team_for_update(id)
    problems.require_version(team, expected=expected_version)
    before = (team.label, team.description)
    team.label = team.label if title is None else title
    team.description = team.description if purpose is None else purpose
    if before == (team.label, team.description):
        return team
    team.version += 1
    team.save(update_fields=["label", "description", "version"])
    audit.record(
        events.TeamChanged(
            subject=team.public_id,
            subject_label=team.label,
            team=team.name,
            old_title=before[0],
            new_title=team.label,
            old_description=before[1],
            new_description=team.description,
        ),
        actor=actor,
    )
    return team


@tenancy.atomic
def delete_team(id: UUID, *, expected_version: int | None = None, actor: Actor) -> Team:  # noqa: A002
    """Delete a team through which nobody has a role any more and for which no rule about second factors stands.

    Raises Forbidden, NotFound, PreconditionFailed, TeamInUse, whose `roles` and `members` say what is in the way.
    """
    actor.require(Permission.WRITE_TEAMS)
    team = queries.team_for_update(id)
    problems.require_version(team, expected=expected_version)
    members = TeamMember.objects.filter(team=team).count()
    _require_idle(team, members=members)
    subject = team.public_id
    team.delete()
    audit.record(events.TeamDeleted(subject=subject, subject_label=team.label, team=team.name, members=members), actor=actor)
    return team


@tenancy.atomic
def add_team_members(id: UUID, *, members: Iterable[str], actor: Actor) -> list[str]:  # noqa: A002
    """Put up to 100 people and service accounts, by their shown ids, into a team; the ids of those who were not in it before.

    Idempotent: when all are in the team already, nothing is recorded. Raises Forbidden, BeyondOwnGrants, InputInvalid, NotFound, StepUpNeeded,
    and WouldLockOut when a role of the team may not be used from where the caller is.
    """
    actor.require(Permission.WRITE_TEAMS)
    wanted = _listed(members)
    team = queries.team_for_update(id)
    holders = [_holder(member) for member in wanted]
    roles = _roles_within_reach(team, actor=actor)
    with way_in_kept(actor):
        entered = teams.enter(team, holders=holders)
    new = [holder.public_id for holder in entered]
    if new:
        _note_rights_changed(entered)
        event = events.TeamMembersAdded(
            subject=team.public_id, subject_label=team.label, team=team.name, members=new, roles=[role.name for role in roles]
        )
        audit.record(event, actor=actor)
    return new


@tenancy.atomic
def remove_team_member(id: UUID, *, member: str, actor: Actor) -> Team:  # noqa: A002
    """Take a person or a service account, by its shown id, out of a team; what they could do through it ends with their next request.

    Raises Forbidden, BeyondOwnGrants, LastOwner, NotFound, StepUpNeeded, TeamMemberNotFound.
    """
    actor.require(Permission.WRITE_TEAMS)
    team = queries.team_for_update(id)
    holder = _member(member)
    roles = _roles_within_reach(team, actor=actor)
    with lifecycle.owner_kept():
        if not teams.leave(team, holder=holder):
            raise TeamMemberNotFound("Look at the team's list of members: whom you named is not in it.")
    _note_rights_changed([holder])
    event = events.TeamMemberRemoved(
        subject=team.public_id,
        subject_label=team.label,
        team=team.name,
        member=holder.public_id,
        roles=[role.name for role in roles],
    )
    audit.record(event, actor=actor)
    return team


def _create(team: Team) -> Team:
    try:
        with tenancy.atomic():
            team.save(force_insert=True)
    except IntegrityError as fault:
        raise TeamTaken("Take another name, or change the team that has it.", name=team.name) from fault
    return team


def _require_idle(team: Team, *, members: int) -> None:
    """Nobody loses a role, and nobody a duty, as a side effect of tidying up."""
    roles = [role.name for role in teams.roles_of([team])]
    if roles and members:
        raise TeamInUse("Withdraw its roles or take its members out first, then delete it.", roles=roles, members=members)
    if MfaPolicy.objects.filter(team=team).exists():
        raise TeamInUse("Delete its rule about second factors first, then the team.", roles=roles, members=members)


def _roles_within_reach(team: Team, *, actor: Actor) -> list[Role]:
    """What the team gives, once it is sure that the actor may give and take it."""
    roles = teams.roles_of([team])
    reach.require_may_exchange(actor, bindings.grants_of(roles))
    return roles


def _note_rights_changed(holders: Iterable[Holder]) -> None:
    """Whose rights change gets another token with their next page."""
    for holder in holders:
        if isinstance(holder, User):
            sessions.rotate_later(holder.id)


def _listed(members: Iterable[str]) -> list[str]:
    wanted = sorted(set(members))
    if not 1 <= len(wanted) <= MEMBERS_AT_ONCE:
        raise inputs.refuse("/members", code="member_count", detail=f"Name 1 to {MEMBERS_AT_ONCE} people or service accounts.")
    return wanted


def _holder(member: str) -> Holder:
    """Whoever a shown id names, unless their access has ended. Raises InputInvalid."""
    try:
        holder = _member(member)
    except NotFound as fault:
        raise inputs.refuse("/members", code="unknown_member", detail=f"Nobody here has the id {member[:40]!r}.") from fault
    if holder.status == Status.DEACTIVATED:
        raise inputs.refuse(
            "/members", code="member_deactivated", detail=f"The access of {member} has ended; let them in again first."
        )
    return holder


def _member(member: str) -> Holder:
    if member.startswith("svc_"):
        return queries.service_account(ids.wanted("svc", member))
    return queries.person(ids.wanted("usr", member))
