"""Doors."""

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from audit import actions, queries
from audit.api.serializers import ChainOut, EntriesQuery, EntryOut, VerificationOut, entries_out, entry_out
from audit.models import ID_PREFIX
from audit.permissions import Permission
from kernel import ids
from kernel.api.schema import page_of
from kernel.api.views import View


class Entries(View):
    """GET /v1/audit/entries"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Read the trail", parameters=[EntriesQuery], responses=page_of(EntryOut))
    def get(self, request: Request) -> HttpResponseBase:
        """The tenant's trail, newest first, each entry with its seal."""
        query = self.query(EntriesQuery)
        filters = {name: value for name, value in query.items() if name not in {"limit", "cursor"}}
        return self.shaped_page(queries.entries(**filters), query=query, shapes=entries_out)


class OneEntry(View):
    """GET /v1/audit/entries/{id}"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Show an entry", responses=EntryOut)
    def get(self, request: Request, entry_id: str) -> HttpResponseBase:
        """One entry with its seal."""
        entry = queries.entry(ids.wanted(ID_PREFIX, entry_id))
        return self.answer(entry_out(entry, queries.seal_of(entry)))


class Chain(View):
    """GET /v1/audit/chain"""

    access = {"GET": Permission.READ_ENTRIES}

    @extend_schema(tags=["Audit"], summary="Show the end of the chain", responses=ChainOut)
    def get(self, request: Request) -> HttpResponseBase:
        """How many entries are sealed, how many wait, and the last link."""
        chain = queries.chain()
        return self.answer({"sealed": chain.sealed, "pending": chain.pending, "head": chain.head_hex})


class Verification(View):
    """POST /v1/audit/verification"""

    access = {"POST": Permission.VERIFY}

    @extend_schema(tags=["Audit"], summary="Check the chain", request=None, responses=VerificationOut)
    def post(self, request: Request) -> HttpResponseBase:
        """Check every sealed entry against its text, its MAC and the chain."""
        found = actions.verify_chain(actor=self.actor)
        return self.answer({"ok": found.ok, "checked": found.checked, "broken_at": found.broken_at, "reason": found.reason})
