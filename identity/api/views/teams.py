"""Doors of teams."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

TEAMS = ["Teams"]

TEAM_EXAMPLE = OpenApiExample(
    "A team for the help desk",
    value={"name": "help-desk", "label": "Help desk", "description": "Answers the telephone."},
    request_only=True,
)

TEAM_CHANGE_EXAMPLE = OpenApiExample("Another label", value={"label": "First-line support"}, request_only=True)

MEMBERS_EXAMPLE = OpenApiExample(
    "Two people and a program",
    value={"members": ["usr_06c1mzf3k8tqd5v0r9hw2y7b4n", "usr_06c1mzf3kb6x1c9p0m4s8t2v7e", "svc_06c1mzf3m2w5y8a1d4g7j0n3q6"]},
    request_only=True,
)


class Teams(View):
    """GET and POST /v1/teams"""

    access = {"GET": Permission.READ_TEAMS, "POST": Permission.WRITE_TEAMS}

    @extend_schema(tags=TEAMS, summary="List teams", parameters=[shapes.TeamsQuery], responses=shapes.TeamsPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The teams of the tenant, newest first."""
        query = self.query(shapes.TeamsQuery)
        return self.page(queries.teams(q=query["q"]), query=query, shape=documents.of_team)

    @extend_schema(
        tags=TEAMS, summary="Create a team", request=shapes.TeamIn, responses={201: shapes.TeamOut}, examples=[TEAM_EXAMPLE]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Make a team, without members and roles."""
        given = self.parse(shapes.TeamIn)
        team = actions.create_team(given["name"], label=given["label"], description=given["description"], actor=self.actor)
        return self.answer(documents.of_team(team), status=201, version=team.version, location=f"/v1/teams/{team.public_id}")


class OneTeam(View):
    """GET, PATCH and DELETE /v1/teams/{id}"""

    access = {"GET": Permission.READ_TEAMS, "PATCH": Permission.WRITE_TEAMS, "DELETE": Permission.WRITE_TEAMS}

    @extend_schema(tags=TEAMS, summary="Show a team", responses=shapes.TeamOut)
    def get(self, request: Request, team_id: str) -> HttpResponseBase:
        """One team with the roles that it gives."""
        team = queries.team(ids.wanted("tem", team_id))
        return self.answer(documents.of_team(team), version=team.version)

    @extend_schema(
        tags=TEAMS,
        summary="Change a team",
        request=shapes.TeamChangeIn,
        responses=shapes.TeamOut,
        examples=[TEAM_CHANGE_EXAMPLE],
    )
    def patch(self, request: Request, team_id: str) -> HttpResponseBase:
        """Another label or description. Send the ETag as If-Match to be sure of what you change."""
        given = self.parse(shapes.TeamChangeIn)
        changes = {"label": given.get("label"), "description": given.get("description")}
        team = actions.change_team(
            ids.wanted("tem", team_id), **changes, expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(documents.of_team(queries.team(team.id)), version=team.version)

    @extend_schema(tags=TEAMS, summary="Delete a team", responses={204: None})
    def delete(self, request: Request, team_id: str) -> HttpResponseBase:
        """Delete a team through which nobody has a role any more; otherwise the answer says what is in the way."""
        actions.delete_team(ids.wanted("tem", team_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class TeamMembers(View):
    """GET and POST /v1/teams/{id}/members"""

    access = {"GET": Permission.READ_TEAMS, "POST": Permission.WRITE_TEAMS}

    @extend_schema(tags=TEAMS, summary="List the members of a team", parameters=[shapes.MembersQuery], responses=shapes.MembersPage)
    def get(self, request: Request, team_id: str) -> HttpResponseBase:
        """People and service accounts in the team, newest first."""
        query = self.query(shapes.MembersQuery)
        team = queries.team(ids.wanted("tem", team_id))
        return self.page(queries.team_members(team, q=query["q"]), query=query, shape=documents.of_team_member)

    @extend_schema(
        tags=TEAMS,
        summary="Put people into a team",
        request=shapes.MembersIn,
        responses=shapes.MembersAddedOut,
        examples=[MEMBERS_EXAMPLE],
    )
    def post(self, request: Request, team_id: str) -> HttpResponseBase:
        """Add up to 100 people and service accounts; you must hold what the team's roles allow."""
        members = self.parse(shapes.MembersIn)["members"]
        added = actions.add_team_members(ids.wanted("tem", team_id), members=members, actor=self.actor)
        return self.answer({"added": added})


class OneTeamMember(View):
    """DELETE /v1/teams/{id}/members/{id}"""

    access = {"DELETE": Permission.WRITE_TEAMS}

    @extend_schema(tags=TEAMS, summary="Take somebody out of a team", responses={204: None})
    def delete(self, request: Request, team_id: str, member_id: str) -> HttpResponseBase:
        """What they could do through the team ends with their next request."""
        actions.remove_team_member(ids.wanted("tem", team_id), member=member_id, actor=self.actor)
        return self.no_content()
