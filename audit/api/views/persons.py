"""Doors of persons in the trail: what it has of one, and forgetting it."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.persons import ForgettingQuery, PersonInTrailOut, person_in_trail_out
from audit.permissions import Permission
from kernel.api.views import View

EXAMPLE = OpenApiExample(
    "A person",
    value={"ref": "usr_01m7zttr62e3ganmz7beta7vjx", "as_actor": 210, "as_subject": 14, "entries": 219, "is_forgotten": False},
    response_only=True,
)


class PersonInTrail(View):
    """GET and DELETE /v1/audit/persons/{ref}"""

    access = {"GET": Permission.FORGET_PERSONS, "DELETE": Permission.FORGET_PERSONS}

    @extend_schema(tags=["Audit"], summary="Show what the trail has of a person", responses=PersonInTrailOut, examples=[EXAMPLE])
    def get(self, request: Request, person_ref: str) -> HttpResponseBase:
        """How many entries would become unreadable in part if the person were forgotten; changes nothing."""
        return self.answer(person_in_trail_out(queries.person_in_trail(person_ref)))

    @extend_schema(
        tags=["Audit"],
        summary="Forget a person",
        parameters=[ForgettingQuery],
        responses={200: PersonInTrailOut},
        examples=[EXAMPLE],
    )
    def delete(self, request: Request, person_ref: str) -> HttpResponseBase:
        """Destroy the key of the person's data in the trail, for good; answers with what the trail had of them.

        Names, addresses and declared details become unreadable; entries, their hashes and the log stay valid. The account is left as it is.
        """
        reason = self.query(ForgettingQuery)["reason"]
        return self.answer(person_in_trail_out(actions.forget_person(person_ref, reason=reason, actor=self.actor)))
