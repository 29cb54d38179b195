"""Anchors and receipts over HTTP."""

from typing import Any
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.actions import WantedAnchor
from audit.api.serializers.anchors import (
    AnchorChangeIn,
    AnchorIn,
    AnchorOut,
    AnchorPauseIn,
    AnchorsQuery,
    AnchorTrialOut,
    ReceiptOut,
)
from audit.models import ANCHOR_PREFIX, CHECKPOINT_PREFIX, Anchor
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import PageQuery, View

READ, WRITE = Permission.READ_ENTRIES, Permission.WRITE_ANCHORS
GIVEN: dict[str, Any] = {"name": "Auditors", "kind": "mail", "settings": {"to": "audit@acme.example"}}
SHOWN: dict[str, Any] = {
    "id": "anc_06f0kt8m1wfvx5r2c9h3qjz4ac", "name": "Auditors", "kind": "mail", "target": "audit@acme.example",
    "settings": {"to": "audit@acme.example"}, "has_secret": False, "every_s": 86400, "state": "live", "last_epoch": 1, "last_size": 4182,
    "last_at": "2026-11-21T10:00:00.000000Z", "next_at": "2026-11-22T10:00:00.000000Z", "attempts": 0, "fault": "", "paused_at": None,
    "created_at": "2026-11-20T10:00:00.000000Z", "version": 1,
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "id": "019ab3a1-4c5d-7e2f-8a3b-6c1d2e3f4a5b", "checkpoint": "chk_06f0kt8m1wfvx5r2c9h3qjz4ac", "size": 4182, "epoch": 1,
    "anchor": "anc_06f0kt8m1wfvx5r2c9h3qjz4ac", "kind": "mail", "file": "chk_06f0kt8m1wfvx5r2c9h3qjz4ac.json", "content": "eyJ0YWtlbl9hdCI6e319",
    "given_at": "2026-11-21T10:00:00.000000Z",
}  # fmt: skip


def _given(value: object) -> OpenApiExample:
    return OpenApiExample("A request", value=value, request_only=True)


def _answered(value: object, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample("An answer", value=value, response_only=True, status_codes=[str(status)])


class OfAnchor(View):
    """What the doors of one anchor share."""

    def anchor_id(self, text: str) -> UUID:
        """The id in a path. Raises NotFound for anything that is none."""
        return ids.wanted(ANCHOR_PREFIX, text)

    def shown(self, anchor: Anchor, *, status: int = 200, location: str = "") -> HttpResponseBase:
        """One anchor, with its ETag."""
        return self.answer(queries.anchor_document(anchor), status=status, version=anchor.version, location=location)


class Anchors(OfAnchor):
    """GET, POST /v1/audit/anchors"""

    access = {"GET": READ, "POST": WRITE}

    @extend_schema(
        tags=["Anchors"],
        summary="List the anchors",
        parameters=[AnchorsQuery],
        responses=page_of(AnchorOut),
        examples=[_answered({"data": [SHOWN], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Who is given checkpoints, and what each of them has; newest first."""
        query = self.query(AnchorsQuery)
        return self.page(queries.anchors(q=query["q"], kind=query["kind"]), query=query, shape=queries.anchor_document)

    @extend_schema(
        tags=["Anchors"],
        summary="Add an anchor",
        request=AnchorIn,
        responses={201: AnchorOut},
        examples=[_given(GIVEN), _answered(SHOWN, status=201)],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Give checkpoints to somebody from now on, the newest one at once. A host must be on the public internet, or in a network that the operator lists."""
        given = self.parse(AnchorIn)
        anchor = actions.add_anchor(given.pop("kind"), wanted=WantedAnchor(**given), actor=self.actor)
        return self.shown(anchor, status=201, location=f"/v1/audit/anchors/{anchor.public_id}")


class OneAnchor(OfAnchor):
    """GET, PATCH, DELETE /v1/audit/anchors/{id}"""

    access = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @extend_schema(tags=["Anchors"], summary="Read an anchor", responses=AnchorOut, examples=[_answered(SHOWN)])
    def get(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """One anchor, with its ETag. A secret is never shown."""
        return self.shown(queries.anchor(self.anchor_id(anchor_id)))

    @extend_schema(
        tags=["Anchors"],
        summary="Change an anchor",
        request=AnchorChangeIn,
        responses=AnchorOut,
        examples=[_given({"every_s": 3600}), _answered({**SHOWN, "every_s": 3600, "version": 2})],
    )
    def patch(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """Change what is given; `settings` and `secret` are given whole. A new address needs the secret again."""
        wanted, version = WantedAnchor(**self.parse(AnchorChangeIn)), self.expected_version()
        return self.shown(
            actions.change_anchor(self.anchor_id(anchor_id), wanted=wanted, expected_version=version, actor=self.actor)
        )

    @extend_schema(tags=["Anchors"], summary="Remove an anchor", responses={204: None})
    def delete(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """Give nothing more, and forget the secret. What it took stays with it, and its receipts stay here."""
        actions.remove_anchor(self.anchor_id(anchor_id), expected_version=self.expected_version(), actor=self.actor)
        return self.no_content()


class AnchorPause(OfAnchor):
    """PUT, DELETE /v1/audit/anchors/{id}/pause"""

    access = {"PUT": WRITE, "DELETE": WRITE}

    @extend_schema(
        tags=["Anchors"],
        summary="Pause an anchor",
        request=AnchorPauseIn,
        responses=AnchorOut,
        examples=[_given({"reason": "The witness is being moved"}), _answered({**SHOWN, "state": "paused", "version": 2})],
    )
    def put(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """Give no checkpoint until it is resumed."""
        reason = self.parse(AnchorPauseIn)["reason"]
        return self.shown(actions.pause_anchor(self.anchor_id(anchor_id), reason=reason, actor=self.actor))

    @extend_schema(tags=["Anchors"], summary="Resume an anchor", responses=AnchorOut, examples=[_answered(SHOWN)])
    def delete(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """Give checkpoints again, the newest one at once."""
        return self.shown(actions.resume_anchor(self.anchor_id(anchor_id), actor=self.actor))


class AnchorTest(OfAnchor):
    """POST /v1/audit/anchors/{id}/test"""

    access = {"POST": WRITE}

    @extend_schema(
        tags=["Anchors"],
        summary="Give the newest checkpoint now",
        request=None,
        responses=AnchorTrialOut,
        examples=[_answered({"is_taken": True, "fault": "", "receipt": RECEIPT})],
    )
    def post(self, request: Request, anchor_id: str) -> HttpResponseBase:
        """Give it now, paused or not, and tell what came of it."""
        given = actions.try_anchor(self.anchor_id(anchor_id), actor=self.actor)
        receipt = None if given.receipt is None else queries.receipt_document(given.receipt)
        return self.answer({"is_taken": receipt is not None, "fault": given.fault, "receipt": receipt})


class Receipts(View):
    """GET /v1/audit/checkpoints/{id}/receipts"""

    access = {"GET": READ}

    @extend_schema(
        tags=["Anchors"],
        summary="List the receipts of a checkpoint",
        parameters=[PageQuery],
        responses=page_of(ReceiptOut),
        examples=[_answered({"data": [RECEIPT], "has_more": False, "next_cursor": None})],
    )
    def get(self, request: Request, checkpoint_id: str) -> HttpResponseBase:
        """What anchors answered for one checkpoint: cosignatures, time stamps (DER), versions of locked objects, deliveries of mail."""
        query, found = self.query(), queries.checkpoint(ids.wanted(CHECKPOINT_PREFIX, checkpoint_id))
        return self.page(queries.receipts(checkpoint_id=found.pk), query=query, shape=queries.receipt_document)
