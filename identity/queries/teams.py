"""Reading teams and who is in them."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from identity import teams as parts
from identity import texts
from identity.models import Role, ServiceAccount, Status, Team, TeamMember, User
from identity.problems import TeamMemberNotFound, TeamNotFound
from identity.queries.people import people
from identity.queries.service_accounts import service_accounts
from kernel import ids


def teams(q: str = "") -> QuerySet[Team]:
    """The tenant's teams with `member_count`; `q` is part of a name or a label."""
    found = Team.objects.annotate(members_counted=Count("members", distinct=True)).prefetch_related("bindings__role")
    if q:
        found = found.filter(Q(name__icontains=q) | Q(label__icontains=q))
    return found


def team(id: UUID) -> Team:  # noqa: A002
    """One team with `member_count`. Raises TeamNotFound."""
    return _one_team(teams().filter(id=id))


def team_by_name(name: str) -> Team:
    """One team by its name. Raises TeamNotFound."""
    return _one_team(teams().filter(name=name) if texts.is_storable(name) else Team.objects.none())


def team_for_update(id: UUID) -> Team:  # noqa: A002
    """One team, locked until the transaction ends. Raises TeamNotFound."""
    return _one_team(Team.objects.select_for_update().filter(id=id))


def team_members(team: Team, q: str = "") -> QuerySet[TeamMember]:
    """Who is in a team, people and service accounts; `q` is part of a name or an address."""
    found = TeamMember.objects.filter(team=team).select_related("user", "service_account")
    if not q:
        return found
    person = Q(user__email__icontains=q) | Q(user__name__icontains=q)
    return found.filter(person | Q(service_account__name__icontains=q) | Q(service_account__label__icontains=q))


def team_member(team: Team, *, shown_id: str) -> TeamMember:
    """One member of a team, by the shown id of the person or service account. Raises NotFound, TeamMemberNotFound."""
    found = TeamMember.objects.filter(team=team).select_related("user", "service_account")
    if shown_id.startswith("svc_"):
        row = found.filter(service_account_id=ids.wanted("svc", shown_id)).first()
    else:
        row = found.filter(user_id=ids.wanted("usr", shown_id)).first()
    if row is None:
        raise TeamMemberNotFound("Look at the team's list of members: whom you named is not in it.")
    return row


def teams_of(holder: User | ServiceAccount) -> list[Team]:
    """The teams that a person or a service account is in, by name."""
    return [team for _, team in sorted(parts.held_by(holder).items())]


def roles_of_teams(found: list[Team]) -> list[Role]:
    """The roles that the teams give now, each once, sorted by name."""
    return parts.roles_of(found)


def people_outside(team: Team, q: str = "") -> QuerySet[User]:
    """The people who could be put into a team: those who are not in it and whose access has not ended; `q` as in `people`."""
    return people(q=q).exclude(status=Status.DEACTIVATED).exclude(memberships__team=team)


def service_accounts_outside(team: Team, q: str = "") -> QuerySet[ServiceAccount]:
    """The service accounts that could be put into a team; `q` as in `service_accounts`."""
    return service_accounts(q=q).exclude(status=Status.DEACTIVATED).exclude(memberships__team=team)


def _one_team(found: QuerySet[Team]) -> Team:
    row = found.first()
    if row is None:
        raise TeamNotFound("Look it up in the list of teams: there is no such team here.")
    return row
