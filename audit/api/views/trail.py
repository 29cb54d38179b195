"""Doors of the trail: entries, the chain, its check."""

from functools import partial
from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from audit import actions, events, queries
from audit.api.serializers.trail import (
    ChainOut,
    EntriesQuery,
    EntryOut,
    TailOut,
    TailQuery,
    entries_out,
    entry_out,
    filters_of,
    tail_out,
)
from audit.filters import Filters
from audit.models import ID_PREFIX, Entry
from audit.permissions import Permission
from kernel import ids
from kernel.api import pages
from kernel.api.schema import page_of
from kernel.api.views import View

SHOWN = {
    "id": "ent_06f0kt8m1wfvx5r2c9h3qjz4ad",
    "received_at": "2026-01-31T12:00:00.000000Z",
    "document": {
        "id": "ent_06f0kt8m1wfvx5r2c9h3qjz4ad",
        "v": 2,
        "av": 1,
        "source": "freehold",
        "action": "identity.person.suspended",
        "crud": "update",
        "category": "people",
        "severity": 3,
        "outcome": "success",
        "reason": "Laptop lost",
        "occurred_at": "2026-01-31T12:00:00.000000Z",
        "received_at": "2026-01-31T12:00:00.000000Z",
        "actor": {
            "kind": "person",
            "id": "usr_06f0kt8m1wfvx5r2c9h3qjz4ae",
            "label": "dana@acme.example",
            "auth_method": "password",
            "on_behalf_of": "",
            "session": "",
        },
        "subject": {"id": "usr_06f0kt8m1wfvx5r2c9h3qjz4af", "kind": "person", "label": "ben@acme.example"},
        "details": {"reason": "Laptop lost"},
        "changes": {},
        "context": {
            "request_id": "7d9f2c6e0b7e4c8f9a55a0c1b2d3e4f5",
            "address": "192.0.2.7",
            "user_agent": "curl/8.9.1",
            "route": "PUT /v1/people/{id}/suspension",
            "app_version": "0.3.0",
            "task_id": "",
            "trace_id": "",
        },
        "is_forgotten": False,
    },
    "canonical": '{"action":"identity.person.suspended","actor":{"auth_method":"password"}}',
    "seal": {
        "seq": 1207,
        "leaf": "3c1f0b7c5f1e2a9d8b6c4e0f7a1d2c3b4a5968778695a4b3c2d1e0f9a8b7c6d5",
        "chain": "a5968778695a4b3c2d1e0f9a8b7c6d53c1f0b7c5f1e2a9d8b6c4e0f7a1d2c3b4",
        "sealed_at": "2026-01-31T12:00:00.400000Z",
    },
}
A_PAGE = OpenApiExample("A page", value={"data": [SHOWN], "has_more": False, "next_cursor": None}, response_only=True)
A_TAIL = OpenApiExample("News", value={"data": [SHOWN], "after": 1207, "size": 1207}, response_only=True)


class Entries(View):
    """GET /v1/audit/entries"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(
        tags=["Audit"], summary="Read the trail", parameters=[EntriesQuery], responses=page_of(EntryOut), examples=[A_PAGE]
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The tenant's trail, newest first, each entry with its seal."""
        query = self.query(EntriesQuery)
        filters = filters_of(query)
        found = pages.cut_found(
            partial(_newest, filters), scope=self.list_scope(query), cursor=query["cursor"], limit=query["limit"]
        )
        actions.record_read(events.EntriesListed(subject="trail", filters=filters.as_dict()), actor=self.actor)
        return self.paged(found, shapes=entries_out)


class OneEntry(View):
    """GET /v1/audit/entries/{id}"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Show an entry", responses=EntryOut)
    def get(self, request: Request, entry_id: str) -> HttpResponseBase:
        """One entry with its seal."""
        entry = queries.entry(ids.wanted(ID_PREFIX, entry_id))
        actions.record_read(events.EntryRead(subject=entry.public_id, subject_label=entry.action), actor=self.actor)
        return self.answer(entry_out(entry, queries.seal_of(entry), document=queries.opened(entry)))


class Tail(View):
    """GET /v1/audit/tail"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Follow the trail", parameters=[TailQuery], responses=TailOut, examples=[A_TAIL])
    def get(self, request: Request) -> HttpResponseBase:
        """Sealed entries behind a `seq`, oldest first, for programs that ask again and again.

        Begin without `after`: the answer tells where the log ends now. Then give the `after` of the last answer each time: nothing is missed and
        nothing comes twice. The answer may hold fewer entries than `limit`, or none, because of the filters; read on at once while `after` is
        below `size`.
        """
        query = self.query(TailQuery)
        filters = filters_of(query)
        actions.record_read(events.EntriesListed(subject="trail", filters=filters.as_dict()), actor=self.actor)
        return self.answer(tail_out(queries.tail(after=query["after"], filters=filters, limit=query["limit"])))


class Chain(View):
    """GET /v1/audit/chain"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Show the end of the chain", responses=ChainOut)
    def get(self, request: Request) -> HttpResponseBase:
        """How many entries are sealed, how many wait, and the last link."""
        chain = queries.chain()
        return self.answer({"sealed": chain.sealed, "pending": chain.pending, "head": chain.head_hex})


def _newest(filters: Filters, before: UUID | None, number: int) -> list[Entry]:
    return queries.newest(filters, before=before, limit=number)
