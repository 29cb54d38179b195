"""The product tells: events over HTTP."""

from typing import Any

import msgspec
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions
from audit.api.serializers.ingest import TakenOut
from audit.ingest import reading
from audit.models import ID_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.parsing import read_json
from kernel.api.views import View

EVENT = {
    "id": "inv-4711-paid",
    "action": "invoice.paid",
    "occurred_at": "2026-01-31T10:59:58Z",
    "actor": {"id": "u-93", "kind": "person", "name": "Olive Owner"},
    "subject": {"id": "inv-4711", "kind": "invoice", "name": "Invoice 4711"},
    "details": {"number": "4711"},
    "context": {"address": "192.0.2.7"},
}
TAKEN = {"events": [{"id": "inv-4711-paid", "entry": "ent_01HF7YAT00E1R0C8R0M2X9K3QV", "is_new": True}]}


def _schema() -> dict[str, Any]:
    """JSON Schema of both forms of a message, with every struct written out where it is used."""
    (one, batch), parts = msgspec.json.schema_components([reading.ProductEvent, reading.Batch], ref_template="{name}")
    whole: dict[str, Any] = _written_out({"oneOf": [one, batch]}, parts=parts)
    return whole


def _written_out(value: Any, *, parts: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return _written_out(parts[value["$ref"]], parts=parts)
        return {name: _written_out(inner, parts=parts) for name, inner in value.items()}
    return [_written_out(inner, parts=parts) for inner in value] if isinstance(value, list) else value


class Events(View):
    """POST /v1/audit/events"""

    access = {"POST": Permission.WRITE_EVENTS}

    @extend_schema(
        tags=["Audit"],
        summary="Tell of events of the product",
        request={"application/json": _schema()},
        responses={201: TakenOut},
        examples=[
            OpenApiExample("One event", value=EVENT, request_only=True),
            OpenApiExample("A batch", value={"events": [EVENT]}, request_only=True),
            OpenApiExample("Taken", value=TAKEN, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Put events of the vendor's product on the tenant's trail: one, or up to 500 together, of which all are taken or none.

        Each is checked against the schema that the vendor registered for its action. An event with an `id` is taken once for ever: sent again it
        answers with the entry that there is. Messages may have 256 KiB.
        """
        taken = actions.take_events(reading.events_in(read_json(self.request._request)), actor=self.actor)
        rows = [{"id": row.key, "entry": ids.show(ID_PREFIX, row.entry_id), "is_new": row.is_new} for row in taken]
        return self.answer({"events": rows}, status=201)
