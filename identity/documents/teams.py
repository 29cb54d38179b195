"""Teams and their members as documents."""

from typing import Any

from identity.models import Team, TeamMember
from kernel.clock import rfc3339


def of_team(team: Team) -> dict[str, Any]:
    """A team loaded by `teams`, as the API and `--json` give it."""
    return {
        "id": team.public_id,
        "name": team.name,
        "label": team.label,
        "description": team.description,
        "roles": team.role_names,
        "members": team.member_count,
        "created_at": rfc3339(team.created_at),
        "version": team.version,
    }


def of_team_member(member: TeamMember) -> dict[str, Any]:
    """A member of a team, as the API and `--json` give it."""
    holder, account = member.holder, member.service_account
    return {
        "id": holder.public_id,
        "kind": "person" if member.user_id else "service_account",
        "name": str(holder),
        "label": member.user.name if member.user else account.label if account else "",
        "status": holder.status,
        "source": member.source,
        "since": rfc3339(member.created_at),
    }
