"""Doors of people."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel import ids
from kernel.api.views import View

PEOPLE, ROLES, KEYS = ["People"], ["Roles"], ["API keys"]


PERSON_EXAMPLE = OpenApiExample(
    "Invite an administrator",
    value={"email": "ada@acme.example", "name": "Ada Lovelace", "roles": ["admin"]},
    request_only=True,
)


PERSON_CHANGE_EXAMPLE = OpenApiExample(
    "Another role, and what policies may ask for",
    value={"roles": ["auditor"], "attributes": {"department": "finance", "office": "zurich"}},
    request_only=True,
)


REASON_EXAMPLE = OpenApiExample("Why", value={"reason": "Left the company on 30 June."}, request_only=True)


class People(View):
    """GET and POST /v1/people"""

    access = {"GET": Permission.READ_PEOPLE, "POST": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="List people", parameters=[shapes.PeopleQuery], responses=shapes.PeoplePage)
    def get(self, request: Request) -> HttpResponseBase:
        """The people of the tenant, newest first."""
        query = self.query(shapes.PeopleQuery)
        return self.page(queries.people(q=query["q"], status=query["status"]), query=query, shape=documents.of_person)

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
        document = {**documents.of_person(added.person), "secret": added.invitation_token}
        location = f"/v1/people/{added.person.public_id}"
        return self.answer(document, status=201, version=added.person.version, location=location)


class OnePerson(View):
    """GET and PATCH /v1/people/{id}"""

    access = {"GET": Permission.READ_PEOPLE, "PATCH": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="Show a person", responses=shapes.PersonOut)
    def get(self, request: Request, person_id: str) -> HttpResponseBase:
        """One person with status and roles."""
        person = actions.look_at_person(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer(documents.of_person(person), version=person.version)

    @extend_schema(
        tags=PEOPLE,
        summary="Change a person",
        request=shapes.PersonChangeIn,
        responses=shapes.PersonOut,
        examples=[PERSON_CHANGE_EXAMPLE],
    )
    def patch(self, request: Request, person_id: str) -> HttpResponseBase:
        """Another name, exactly these roles, exactly these attributes. Send the ETag as If-Match to be sure of what you change."""
        given = self.parse(shapes.PersonChangeIn)
        person = actions.change_person(
            ids.wanted("usr", person_id),
            name=given.get("name"),
            role_names=given.get("roles"),
            attributes=given.get("attributes"),
            expected_version=self.expected_version(),
            actor=self.actor,
        )
        return self.answer(documents.of_person(person), version=person.version)


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
        return self.answer(documents.of_person(person), version=person.version)

    @extend_schema(tags=PEOPLE, summary="Resume a person", responses=shapes.PersonOut)
    def delete(self, request: Request, person_id: str) -> HttpResponseBase:
        """Let a suspended person enter again."""
        person = actions.resume_person(ids.wanted("usr", person_id), actor=self.actor)
        return self.answer(documents.of_person(person), version=person.version)


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
        return self.answer(documents.of_person(person), version=person.version)


class RenewedInvitation(View):
    """POST /v1/people/{id}/invitation"""

    access = {"POST": Permission.WRITE_PEOPLE}

    @extend_schema(tags=PEOPLE, summary="Invite a person again", request=None, responses={201: shapes.InvitedOut})
    def post(self, request: Request, person_id: str) -> HttpResponseBase:
        """Another invitation for an invited or deactivated person; the one before stops working."""
        added = actions.renew_invitation(ids.wanted("usr", person_id), actor=self.actor)
        document = {**documents.of_person(added.person), "secret": added.invitation_token}
        return self.answer(document, status=201, version=added.person.version)
