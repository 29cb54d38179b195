"""Doors of who has which roles."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api.serializers.bindings import BindingOut, BindingsQuery, GrantIn, OwnGrantIn
from identity.models import RoleBinding
from identity.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

TAGS = ["Roles"]
SHOWN: dict[str, Any] = {
    "id": "bnd_06f0kt8m1wfvx5r2c9h3qjz4ac",
    "role": {"id": "rol_06f0kt8m1wfvx5r2c9h3qjz4bd", "name": "auditor", "label": "Auditor"},
    "holder": {"id": "usr_06f0kt8m1wfvx5r2c9h3qjz4ce", "kind": "person", "name": "ada@acme.example"},
    "expires_at": "2026-12-31T23:00:00.000000Z", "source": "local", "created_at": "2026-11-21T10:00:00.000000Z",
}  # fmt: skip
PAGE = OpenApiExample(
    "An answer",
    value={"data": [SHOWN], "has_more": False, "next_cursor": None},
    response_only=True,
    status_codes=["200"],
)
MADE = OpenApiExample("An answer", value=SHOWN, response_only=True, status_codes=["201"])
GIVEN = OpenApiExample(
    "An auditor for six weeks",
    value={"holder": "usr_06f0kt8m1wfvx5r2c9h3qjz4ce", "expires_at": "2026-12-31T23:00:00Z"},
    request_only=True,
)
OWN_GIVEN = OpenApiExample("For good", value={"role": "rol_06f0kt8m1wfvx5r2c9h3qjz4bd"}, request_only=True)


class OfBinding(View):
    """What the doors of bindings share."""

    def made(self, binding: RoleBinding) -> HttpResponseBase:
        """The binding that was made, whole."""
        return self.answer(documents.of_binding(queries.binding(binding.id)), status=201)


class RoleBindings(OfBinding):
    """GET and POST /v1/roles/{id}/bindings"""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.READ_ROLES}

    @extend_schema(
        tags=TAGS, summary="List who has a role", parameters=[BindingsQuery], responses=page_of(BindingOut), examples=[PAGE]
    )
    def get(self, request: Request, role_id: str) -> HttpResponseBase:
        """The people, teams and service accounts that have the role now, newest first."""
        query, role = self.query(BindingsQuery), queries.role(ids.wanted("rol", role_id))
        return self.page(queries.bindings_of_role(role, q=query["q"]), query=query, shape=documents.of_binding)

    @extend_schema(tags=TAGS, summary="Give a role", request=GrantIn, responses={201: BindingOut}, examples=[GIVEN, MADE])
    def post(self, request: Request, role_id: str) -> HttpResponseBase:
        """Give a person, a team or a service account the role, for good or until a moment.

        Needs `write:identity.people`, `write:identity.teams` or `write:identity.service_accounts`, and never goes beyond your own permissions.
        """
        given = self.parse(GrantIn)
        wanted = ids.wanted("rol", role_id)
        return self.made(actions.grant_role(given["holder"], role_id=wanted, expires_at=given["expires_at"], actor=self.actor))


class OneRoleBinding(View):
    """DELETE /v1/roles/bindings/{id}"""

    access = {"DELETE": Permission.READ_ROLES}

    @extend_schema(tags=TAGS, summary="Take a role", responses={204: None})
    def delete(self, request: Request, binding_id: str) -> HttpResponseBase:
        """Take the role from whoever has it by this binding, from their next request on. Needs the same as giving it."""
        actions.withdraw_role(ids.wanted("bnd", binding_id), actor=self.actor)
        return self.no_content()


class OfHolder(OfBinding):
    """The roles of one person, team or service account."""

    letters = ""

    def listed(self, holder_id: str) -> HttpResponseBase:
        """One page of bindings."""
        query = self.query()
        ids.wanted(self.letters, holder_id)
        found = queries.bindings_of_holder(queries.holder(holder_id))
        return self.page(found, query=query, shape=documents.of_binding)

    def granted(self, holder_id: str) -> HttpResponseBase:
        """A role more, or another end of one."""
        given = self.parse(OwnGrantIn)
        ids.wanted(self.letters, holder_id)
        role_id = ids.wanted("rol", given["role"])
        return self.made(actions.grant_role(holder_id, role_id=role_id, expires_at=given["expires_at"], actor=self.actor))


class PersonRoles(OfHolder):
    """GET and POST /v1/people/{id}/roles"""

    access = {"GET": Permission.READ_PEOPLE, "POST": Permission.WRITE_PEOPLE}
    letters = "usr"

    @extend_schema(tags=TAGS, summary="List a person's roles", responses=page_of(BindingOut), examples=[PAGE])
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """The roles that count now, those through teams among them."""
        return self.listed(person_id)

    @extend_schema(
        tags=TAGS, summary="Give a person a role", request=OwnGrantIn, responses={201: BindingOut}, examples=[OWN_GIVEN, MADE]
    )
    def post(self, request: Request, person_id: str) -> HttpResponseBase:
        """For good or until a moment; never beyond your own permissions."""
        return self.granted(person_id)


class TeamRoles(OfHolder):
    """GET and POST /v1/teams/{id}/roles"""

    access = {"GET": Permission.READ_TEAMS, "POST": Permission.WRITE_TEAMS}
    letters = "tem"

    @extend_schema(tags=TAGS, summary="List a team's roles", responses=page_of(BindingOut), examples=[PAGE])
    def get(self, request: Request, team_id: str) -> HttpResponseBase:
        """The roles that everybody in the team has now."""
        return self.listed(team_id)

    @extend_schema(
        tags=TAGS, summary="Give a team a role", request=OwnGrantIn, responses={201: BindingOut}, examples=[OWN_GIVEN, MADE]
    )
    def post(self, request: Request, team_id: str) -> HttpResponseBase:
        """For good or until a moment; never beyond your own permissions."""
        return self.granted(team_id)


class ServiceAccountRoles(OfHolder):
    """GET and POST /v1/service-accounts/{id}/roles"""

    access = {"GET": Permission.READ_SERVICE_ACCOUNTS, "POST": Permission.WRITE_SERVICE_ACCOUNTS}
    letters = "svc"

    @extend_schema(tags=TAGS, summary="List a service account's roles", responses=page_of(BindingOut), examples=[PAGE])
    def get(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """The roles that count now, those through teams among them."""
        return self.listed(service_account_id)

    @extend_schema(
        tags=TAGS,
        summary="Give a service account a role",
        request=OwnGrantIn,
        responses={201: BindingOut},
        examples=[OWN_GIVEN, MADE],
    )
    def post(self, request: Request, service_account_id: str) -> HttpResponseBase:
        """For good or until a moment; never beyond your own permissions."""
        return self.granted(service_account_id)
