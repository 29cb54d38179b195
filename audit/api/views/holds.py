"""Legal holds over HTTP."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers.holds import HoldIn, HoldOut, HoldsQuery, LiftIn
from audit.models import HOLD_PREFIX, LegalHold
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View

READ, WRITE, LIFT = Permission.READ_RETENTION, Permission.WRITE_HOLDS, Permission.LIFT_HOLDS
GIVEN: dict[str, Any] = {
    "name": "Claim of Mr Moor", "matter": "7/26", "reason": "A claim was made on 20 November.",
    "terms": {"actor": "usr_06f0kt8m1wfvx5r2c9h3qjz4ac", "since": "2026-01-01T00:00:00Z"},
}  # fmt: skip
SHOWN: dict[str, Any] = {
    "id": "hld_06f0kt8m1wfvx5r2c9h3qjz4ac", "name": GIVEN["name"], "matter": "7/26", "reason": GIVEN["reason"], "state": "standing",
    "terms": {
        "actor": "usr_06f0kt8m1wfvx5r2c9h3qjz4ac", "subject": "", "action": "", "since": "2026-01-01T00:00:00.000000Z", "until": None,
    },
    "owner": {"id": "usr_06f0kt8m1wfvx5r2c9h3qjz4bd", "label": "counsel@acme.example"}, "placed_at": "2026-11-21T10:00:00.000000Z",
    "lift_asked_by": "", "lift_asked_at": None, "lift_reason": "", "lifted_by": "", "lifted_at": None, "version": 1,
}  # fmt: skip
ASKED = SHOWN | {
    "state": "lift_asked",
    "lift_reason": "The claim was settled.",
    "lift_asked_at": "2026-11-22T10:00:00.000000Z",
    "version": 2,
}


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OfHold(View):
    """What the doors of one hold share."""

    def hold_id(self, text: str) -> UUID:
        """The id in a path. Raises NotFound for anything that is none."""
        return ids.wanted(HOLD_PREFIX, text)

    def shown(self, hold: LegalHold, *, status: int = 200, location: str = "") -> HttpResponseBase:
        """One hold, with its ETag."""
        return self.answer(queries.hold_document(hold), status=status, version=hold.version, location=location)


class Holds(OfHold):
    """GET, POST /v1/audit/holds"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=["Legal holds"],
        summary="List the legal holds",
        parameters=[HoldsQuery],
        responses=page_of(HoldOut),
        examples=[_answered({"data": [SHOWN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Holds that stand, and those that were lifted; newest first."""
        query = self.query(HoldsQuery)
        return self.page(queries.legal_holds(q=query["q"], state=query["state"]), query=query, shape=queries.hold_document)

    @extend_schema(
        tags=["Legal holds"],
        summary="Place a legal hold",
        request=HoldIn,
        responses={201: HoldOut},
        examples=[_given(GIVEN), _answered(SHOWN, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Keep the entries that the terms name, whatever a period says. What was removed before cannot be held any more."""
        given = self.parse(HoldIn)
        hold = actions.place_hold(given.pop("name"), **given, actor=self.actor)
        return self.shown(hold, status=201, location=f"/v1/audit/holds/{hold.public_id}")


class OneHold(OfHold):
    """GET /v1/audit/holds/{id}"""

    access = {"GET": READ}

    @extend_schema(tags=["Legal holds"], summary="Read a legal hold", responses=HoldOut, examples=[_answered(SHOWN)])
    def get(self, request: Request, hold_id: str) -> HttpResponseBase:
        """One hold, with its ETag."""
        return self.shown(queries.hold(self.hold_id(hold_id)))


class LiftRequest(OfHold):
    """PUT, DELETE /v1/audit/holds/{id}/lift-request"""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=["Legal holds"],
        summary="Ask for the end of a hold",
        request=LiftIn,
        responses=HoldOut,
        examples=[_given({"reason": "The claim was settled."}), _answered(ASKED)],
    )
    def put(self, request: Request, hold_id: str) -> HttpResponseBase:
        """Ask that a hold be lifted. It stands until another person confirms."""
        reason, version = self.parse(LiftIn)["reason"], self.expected_version()
        return self.shown(actions.ask_lift(self.hold_id(hold_id), reason=reason, expected_version=version, actor=self.actor))

    @extend_schema(tags=["Legal holds"], summary="Let a hold stand", responses=HoldOut, examples=[_answered(SHOWN)])
    def delete(self, request: Request, hold_id: str) -> HttpResponseBase:
        """Take one's own wish back, or with the permission to lift refuse another's. The hold stands."""
        return self.shown(actions.refuse_lift(self.hold_id(hold_id), expected_version=self.expected_version(), actor=self.actor))


class Lift(OfHold):
    """PUT /v1/audit/holds/{id}/lift"""

    access = {"PUT": LIFT}

    @extend_schema(
        tags=["Legal holds"],
        summary="Lift a legal hold",
        request=None,
        responses=HoldOut,
        examples=[_answered(ASKED | {"state": "lifted", "lifted_at": "2026-11-23T10:00:00.000000Z", "version": 3})],
    )
    def put(self, request: Request, hold_id: str) -> HttpResponseBase:
        """Confirm the end of a hold that somebody else asked for. Neither whoever asked nor a key of theirs can confirm."""
        return self.shown(actions.lift_hold(self.hold_id(hold_id), expected_version=self.expected_version(), actor=self.actor))
