"""Doors of roles."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.api.views.people import ROLES
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

ROLE_EXAMPLE = OpenApiExample(
    "A role for the help desk",
    value={"name": "help-desk", "label": "Help desk", "description": "Invites people.", "permissions": ["*:identity.people"]},
    request_only=True,
)


class Roles(View):
    """GET and POST /v1/roles"""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.WRITE_ROLES}

    @extend_schema(tags=ROLES, summary="List roles", parameters=[shapes.RolesQuery], responses=shapes.RolesPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The roles of the tenant and what each allows, newest first."""
        query = self.query(shapes.RolesQuery)
        return self.page(queries.roles(q=query["q"]), query=query, shape=documents.of_role)

    @extend_schema(
        tags=ROLES, summary="Create a role", request=shapes.RoleIn, responses={201: shapes.RoleOut}, examples=[ROLE_EXAMPLE]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Make a role within your own permissions."""
        given = self.parse(shapes.RoleIn)
        role = actions.create_role(
            given["name"],
            label=given["label"],
            description=given["description"],
            permissions=given["permissions"],
            actor=self.actor,
        )
        return self.answer(documents.of_role(role), status=201, version=role.version, location=f"/v1/roles/{role.public_id}")


class OneRole(View):
    """GET, PATCH and DELETE /v1/roles/{id}"""

    access = {"GET": Permission.READ_ROLES, "PATCH": Permission.WRITE_ROLES, "DELETE": Permission.WRITE_ROLES}

    @extend_schema(tags=ROLES, summary="Show a role", responses=shapes.RoleOut)
    def get(self, request: Request, role_id: str) -> HttpResponseBase:
        """One role and what it allows."""
        role = queries.role(ids.wanted("rol", role_id))
        return self.answer(documents.of_role(role), version=role.version)

    @extend_schema(tags=ROLES, summary="Change a role", request=shapes.RoleChangeIn, responses=shapes.RoleOut)
    def patch(self, request: Request, role_id: str) -> HttpResponseBase:
        """Another label, description or set of permissions. Built-in roles stay as they are."""
        given = self.parse(shapes.RoleChangeIn)
        role = actions.change_role(
            ids.wanted("rol", role_id),
            label=given.get("label"),
            description=given.get("description"),
            permissions=given.get("permissions"),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_role(role), version=role.version)

    @extend_schema(tags=ROLES, summary="Delete a role", responses={204: None})
    def delete(self, request: Request, role_id: str) -> HttpResponseBase:
        """Delete a role that nobody has."""
        actions.delete_role(ids.wanted("rol", role_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()
