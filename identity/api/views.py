"""Doors: parse, call one action or query, shape."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.access import SIGNED_IN
from kernel.api.views import View

PEOPLE, ROLES, KEYS = ["People"], ["Roles"], ["API keys"]
PERSON_EXAMPLE = OpenApiExample(
    "Invite an administrator",
    value={"email": "ada@acme.example", "name": "Ada Lovelace", "roles": ["admin"]},
    request_only=True,
)
REASON_EXAMPLE = OpenApiExample("Why", value={"reason": "Left the company on 30 June."}, request_only=True)
ROLE_EXAMPLE = OpenApiExample(
    "A role for the help desk",
    value={"name": "help-desk", "label": "Help desk", "description": "Invites people.", "permissions": ["*:identity.people"]},
    request_only=True,
)
KEY_EXAMPLE = OpenApiExample(
    "A key that reads the trail", value={"name": "SIEM", "scopes": ["read:audit.*"], "expires_in_days": 30}, request_only=True
)


class Me(View):
    """GET /v1/me"""

    access = {"GET": SIGNED_IN}

    @extend_schema(tags=["Me"], summary="Who am I?", responses=shapes.MeOut)
    def get(self, request: Request) -> HttpResponseBase:
        """The caller, the tenant that was asked, and what the caller may do there."""
        return self.answer(shapes.me_out(self.actor, person=queries.person_of(self.actor)))


class People(View):
    """GET and POST /v1/people"""

    access = {"GET": Permission.READ_PEOPLE, "POST": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="List people", parameters=[shapes.PeopleQuery], responses=shapes.PeoplePage)
    def get(self, request: Request) -> HttpResponseBase:
        """The people of the tenant, newest first."""
        query = self.query(shapes.PeopleQuery)
        return self.page(queries.people(q=query["q"], status=query["status"]), query=query, shape=shapes.person_out)

    @extend_schema(
        tags=PEOPLE,
        summary="Invite a person",
        request=shapes.PersonIn,
        responses={201: shapes.InvitedOut},
        examples=[PERSON_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Add a person and give out their invitation, which is shown this once."""
        given = self.parse(shapes.PersonIn)
        added = actions.add_person(given["email"], given["name"], given["roles"], actor=self.actor)
        document = {**shapes.person_out(added.person), "secret": added.invitation_token}
        location = f"/v1/people/{added.person.public_id}"
        return self.answer(document, status=201, version=added.person.version, location=location)


class OnePerson(View):
    """GET and PATCH /v1/people/{id}"""

    access = {"GET": Permission.READ_PEOPLE, "PATCH": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="Show a person", responses=shapes.PersonOut)
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """One person with status and roles."""
        person = actions.look_at_person(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer(shapes.person_out(person), version=person.version)

    @extend_schema(tags=PEOPLE, summary="Change a person", request=shapes.PersonChangeIn, responses=shapes.PersonOut)
    def patch(self, request: Request, person_id: str) -> HttpResponseBase:
        """Another name, exactly these roles, or both. Send the ETag as If-Match to be sure of what you change."""
        given = self.parse(shapes.PersonChangeIn)
        person = actions.change_person(
            ids.wanted("usr", person_id),
            name=given.get("name"),
            role_names=given.get("roles"),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(shapes.person_out(person), version=person.version)


class Suspension(View):
    """PUT and DELETE /v1/people/{id}/suspension"""

    access = {"PUT": Permission.WRITE_PEOPLE, "DELETE": Permission.WRITE_PEOPLE}

    @extend_schema(
        tags=PEOPLE, summary="Suspend a person", request=shapes.ReasonIn, responses=shapes.PersonOut, examples=[REASON_EXAMPLE]
    )
    def put(self, request: Request, person_id: str) -> HttpResponseBase:
        """Shut a person out: sessions end now, keys are refused until the person is resumed."""
        reason = self.parse(shapes.ReasonIn)["reason"]
        person = actions.suspend_person(ids.wanted("usr", person_id), reason=reason, actor=self.actor)
        return self.answer(shapes.person_out(person), version=person.version)

    @extend_schema(tags=PEOPLE, summary="Resume a person", responses=shapes.PersonOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Let a suspended person enter again."""
        person = actions.resume_person(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer(shapes.person_out(person), version=person.version)


class Deactivation(View):
    """PUT /v1/people/{id}/deactivation"""

    access = {"PUT": Permission.WRITE_PEOPLE}

    @extend_schema(
        tags=PEOPLE, summary="Deactivate a person", request=shapes.ReasonIn, responses=shapes.PersonOut, examples=[REASON_EXAMPLE]
    )
    def put(self, request: Request, person_id: str) -> HttpResponseBase:
        """End a person's access: sessions, keys and open invitations end in the same moment."""
        reason = self.parse(shapes.ReasonIn)["reason"]
        person = actions.deactivate_person(ids.wanted("usr", person_id), reason=reason, actor=self.actor)
        return self.answer(shapes.person_out(person), version=person.version)


class RenewedInvitation(View):
    """POST /v1/people/{id}/invitation"""

    access = {"POST": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="Invite a person again", request=None, responses={201: shapes.InvitedOut})
    def post(self, request: Request, person_id: str) -> HttpResponseBase:
        """Another invitation for an invited or deactivated person; the one before stops working."""
        added = actions.renew_invitation(ids.wanted("usr", person_id), actor=self.actor)
        document = {**shapes.person_out(added.person), "secret": added.invitation_token}
        return self.answer(document, status=201, version=added.person.version)


class Sessions(View):
    """DELETE /v1/people/{id}/sessions"""

    access = {"DELETE": SIGNED_IN}

    @extend_schema(tags=PEOPLE, summary="End all sessions of a person", responses=shapes.SessionsEndedOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Sign a person out everywhere: oneself, or with write:identity.people anybody."""
        ended = actions.end_sessions(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer({"sessions_ended": ended})


class Roles(View):
    """GET and POST /v1/roles"""

    access = {"GET": Permission.READ_ROLES, "POST": Permission.WRITE_ROLES}

    @extend_schema(tags=ROLES, summary="List roles", parameters=[shapes.RolesQuery], responses=shapes.RolesPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The roles of the tenant and what each allows, newest first."""
        query = self.query(shapes.RolesQuery)
        return self.page(queries.roles(q=query["q"]), query=query, shape=shapes.role_out)

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
        return self.answer(shapes.role_out(role), status=201, version=role.version, location=f"/v1/roles/{role.public_id}")


class OneRole(View):
    """GET, PATCH and DELETE /v1/roles/{id}"""

    access = {"GET": Permission.READ_ROLES, "PATCH": Permission.WRITE_ROLES, "DELETE": Permission.WRITE_ROLES}

    @extend_schema(tags=ROLES, summary="Show a role", responses=shapes.RoleOut)
    def get(self, request: Request, role_id: str) -> HttpResponseBase:
        """One role and what it allows."""
        role = queries.role(ids.wanted("rol", role_id))
        return self.answer(shapes.role_out(role), version=role.version)

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
        return self.answer(shapes.role_out(role), version=role.version)

    @extend_schema(tags=ROLES, summary="Delete a role", responses={204: None})
    def delete(self, request: Request, role_id: str) -> HttpResponseBase:
        """Delete a role that nobody has."""
        actions.delete_role(ids.wanted("rol", role_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class ApiKeys(View):
    """GET and POST /v1/api-keys"""

    access = {"GET": Permission.READ_KEYS, "POST": Permission.WRITE_KEYS}

    @extend_schema(tags=KEYS, summary="List API keys", parameters=[shapes.KeysQuery], responses=shapes.KeysPage)
    def get(self, request: Request) -> HttpResponseBase:
        """The keys of the tenant without their secrets, newest first."""
        query = self.query(shapes.KeysQuery)
        return self.page(queries.api_keys(q=query["q"], state=query["state"]), query=query, shape=shapes.key_out)

    @extend_schema(
        tags=KEYS, summary="Create an API key", request=shapes.KeyIn, responses={201: shapes.NewKeyOut}, examples=[KEY_EXAMPLE]
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Make a key within your own permissions. The secret is in this answer and nowhere else."""
        given = self.parse(shapes.KeyIn)
        created = actions.create_api_key(
            given["name"],
            scopes=given["scopes"],
            expires_in_days=given["expires_in_days"],
            owner_id=ids.wanted("usr", given["owner"]) if given["owner"] else None,
            actor=self.actor,
        )
        document = {**shapes.key_out(created.key), "secret": created.secret}
        location = f"/v1/api-keys/{created.key.public_id}"
        return self.answer(document, status=201, version=created.key.version, location=location)


class OneApiKey(View):
    """GET /v1/api-keys/{id}"""

    access = {"GET": Permission.READ_KEYS}

    @extend_schema(tags=KEYS, summary="Show an API key", responses=shapes.KeyOut)
    def get(self, request: Request, key_id: str) -> HttpResponseBase:
        """One key without its secret."""
        key = queries.api_key(ids.wanted("key", key_id))
        return self.answer(shapes.key_out(key), version=key.version)


class Revocation(View):
    """PUT /v1/api-keys/{id}/revocation"""

    access = {"PUT": Permission.WRITE_KEYS}

    @extend_schema(
        tags=KEYS, summary="Revoke an API key", request=shapes.ReasonIn, responses=shapes.KeyOut, examples=[REASON_EXAMPLE]
    )
    def put(self, request: Request, key_id: str) -> HttpResponseBase:
        """Refuse the key from the next request on, for good."""
        key = actions.revoke_api_key(
            ids.wanted("key", key_id),
            reason=self.parse(shapes.ReasonIn)["reason"],
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(shapes.key_out(key), version=key.version)
