"""Teams as rows: found by their names, entered and left. What a team's roles allow, its members may do."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from identity import access, inputs, texts
from identity.models import Role, RoleBinding, ServiceAccount, Team, TeamMember, User

Holder = User | ServiceAccount


def find(names: Iterable[str]) -> list[Team]:
    """The teams of these names, sorted by name. Raises InputInvalid for a name that no team has."""
    wanted = sorted(set(names))
    known = [name for name in wanted if texts.is_storable(name)]
    found = {team.name: team for team in Team.objects.filter(name__in=known)}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise inputs.refuse("/teams", code="unknown_team", detail=f"There is no team {unknown[0][:100]!r} here.")
    return [found[name] for name in wanted]


def held_by(holder: Holder) -> dict[str, Team]:
    """The teams that a person or a service account is in, by name."""
    return {team.name: team for team in Team.objects.filter(id__in=TeamMember.objects.filter(is_holder(holder)).values("team_id"))}


def roles_of(teams: Iterable[Team]) -> list[Role]:
    """The roles that the teams give now, each once, sorted by name."""
    bindings = RoleBinding.objects.filter(access.living(), team__in=list(teams))
    return list(Role.objects.filter(id__in=bindings.values("role_id")).order_by("name"))


def grants_of(teams: Iterable[Team]) -> frozenset[str]:
    """All that the roles of the teams allow together."""
    return frozenset(grant for role in roles_of(teams) for grant in role.permissions)


def enter(team: Team, *, holders: Iterable[Holder]) -> list[Holder]:
    """Put people and service accounts into the team; those who were not in it before."""
    wanted = list(holders)
    present = set(TeamMember.objects.filter(team=team).values_list("user_id", "service_account_id"))
    new = [holder for holder in wanted if _ids(holder) not in present]
    TeamMember.objects.bulk_create(
        TeamMember(team=team, user_id=user_id, service_account_id=account_id) for user_id, account_id in map(_ids, new)
    )
    return new


def leave(team: Team, *, holder: Holder) -> bool:
    """Take somebody out of the team; whether they were in it."""
    removed, _ = TeamMember.objects.filter(is_holder(holder), team=team).delete()
    return bool(removed)


def is_holder(holder: Holder) -> Q:
    """Rows whose `user` or `service_account` is this one."""
    return Q(user=holder) if isinstance(holder, User) else Q(service_account=holder)


def _ids(holder: Holder) -> tuple[UUID | None, UUID | None]:
    return (holder.id, None) if isinstance(holder, User) else (None, holder.id)
