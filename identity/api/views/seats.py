"""Doors of seats."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from identity import actions, documents, queries
from identity.api import serializers as shapes
from identity.permissions import Permission
from kernel.api.schema import page_of
from kernel.api.views import View

SEATS = ["Seats"]
SEATS_EXAMPLE = OpenApiExample("Fifty seats, one too many waits", value={"maximum": 50, "rule": "queue"}, request_only=True)


class Seats(View):
    """GET and PUT /v1/seats"""

    access = {"GET": Permission.READ_SEATS, "PUT": Permission.WRITE_SEATS}

    @extend_schema(tags=SEATS, summary="Show the seats", responses=shapes.SeatsOut)
    def get(self, request: Request) -> HttpResponseBase:
        """How many seats there are, the rule for one person too many, and how many are taken."""
        policy = queries.seat_policy()
        return self.answer(documents.of_seats(policy, count=queries.seat_count()))

    @extend_schema(
        tags=SEATS, summary="Change the seats", request=shapes.SeatsIn, responses=shapes.SeatsOut, examples=[SEATS_EXAMPLE]
    )
    def put(self, request: Request) -> HttpResponseBase:
        """Another number, another rule, or both. Nobody loses a seat by it; whoever waits and now has one enters."""
        given = self.parse(shapes.SeatsIn)
        policy = actions.change_seats(
            maximum=given["maximum"], rule=given["rule"], expected_version=self.expected_version(), actor=self.actor
        )
        return self.answer(documents.of_seats(policy, count=queries.seat_count()), version=policy.version)


class SeatHolders(View):
    """GET /v1/seats/holders"""

    access = {"GET": Permission.READ_SEATS}

    @extend_schema(
        tags=SEATS, summary="List people with seats", parameters=[shapes.SeatHoldersQuery], responses=page_of(shapes.SeatHolderOut)
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Who has a seat, who has one too many, and who waits; newest people first."""
        query = self.query(shapes.SeatHoldersQuery)
        return self.page(queries.seat_holders(q=query["q"], state=query["state"]), query=query, shape=documents.of_seat_holder)
