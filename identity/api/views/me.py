"""Doors: who am I."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, queries
from identity.api import serializers as shapes
from kernel.api.access import SIGNED_IN
from kernel.api.views import View

PROFILE_EXAMPLE = OpenApiExample(
    "German, in Zurich time",
    value={"name": "Ada Lovelace", "locale": "de-CH", "timezone": "Europe/Zurich"},
    request_only=True,
)


class Me(View):
    """GET and PATCH /v1/me"""

    access = {"GET": SIGNED_IN, "PATCH": SIGNED_IN}

    @extend_schema(tags=["Me"], summary="Who am I?", responses=shapes.MeOut)
    def get(self, request: Request) -> HttpResponseBase:
        """The caller, the tenant that was asked, and what the caller may do there."""
        return self.answer(shapes.me_out(self.actor, person=queries.person_of(self.actor)))

    @extend_schema(
        tags=["Me"],
        summary="Change your profile",
        request=shapes.ProfileChangeIn,
        responses=shapes.MeOut,
        examples=[PROFILE_EXAMPLE],
    )
    def patch(self, request: Request) -> HttpResponseBase:
        """Another name, language or time zone of the signed-in person; a key cannot."""
        given = self.parse(shapes.ProfileChangeIn)
        changes = {name: given.get(name) for name in ("name", "locale", "timezone")}
        person = actions.change_profile(**changes, expected_version=self.expected_version(), actor=self.actor)
        return self.answer(shapes.me_out(self.actor, person=person))
