"""Shapes of entries, seals and the chain."""

from typing import Any

from rest_framework import serializers

from audit import queries
from audit.filters import OUTCOMES, SOURCES, Filters
from audit.models import Entry, Seal
from audit.queries import Tail
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from kernel.clock import rfc3339
from kernel.events import CATEGORIES

MAX_SEQ = 2**63 - 1


class FiltersIn(Shape):
    """Which entries are meant; all that is given must hold."""

    q = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="Words, beginnings of words, e-mail addresses, ids, IP addresses, a request id; all of them must occur.",
    )
    action = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=64, help_text="One action, or a beginning with `*`."
    )
    category = serializers.ChoiceField(required=False, default="", allow_blank=True, choices=list(CATEGORIES))
    outcome = serializers.ChoiceField(required=False, default="", allow_blank=True, choices=list(OUTCOMES))
    severity = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=5,
        help_text="At least this: 1 informational to 5 critical.",
    )
    actor = serializers.CharField(required=False, default="", allow_blank=True, max_length=80, help_text="Id of who acted.")
    subject = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=80, help_text="Id of what it happened to."
    )
    address = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=45, help_text="The caller's IP address."
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # the metaclass takes it off the class
        required=False,
        default="",
        allow_blank=True,
        choices=list(SOURCES),
        help_text="Who told of it: Freehold itself or your product.",
    )
    since = serializers.DateTimeField(required=False, default=None, allow_null=True, help_text="Received at this moment or later.")
    until = serializers.DateTimeField(required=False, default=None, allow_null=True, help_text="Received before this moment.")


class EntriesQuery(PageQuery, FiltersIn):
    """Filters of the list of entries, and the page."""


class TailQuery(FiltersIn):
    """Where to read on, and which entries are meant."""

    after = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=0,
        max_value=MAX_SEQ,
        help_text="A `seq`; left out, the end of the log.",
    )
    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=500, help_text="How many entries are looked at."
    )


class SealOut(serializers.Serializer[Any]):
    """The place of an entry in the chain; hashes are 64 hex digits."""

    seq = serializers.IntegerField()
    leaf = serializers.CharField()
    chain = serializers.CharField()
    sealed_at = serializers.DateTimeField()


class EntryOut(serializers.Serializer[Any]):
    """One entry: its document with what is personal in the open, and the exact text that was hashed, which holds that sealed."""

    id = serializers.CharField()
    received_at = serializers.DateTimeField()
    document = serializers.DictField()
    canonical = serializers.CharField()
    seal = SealOut(allow_null=True)


class TailOut(serializers.Serializer[Any]):
    """Entries behind a place, oldest first, and where to read on."""

    data = EntryOut(many=True)  # type: ignore[assignment]  # as above
    after = serializers.IntegerField(help_text="Give it as `after` the next time.")
    size = serializers.IntegerField(help_text="How many entries are sealed.")


class ChainOut(serializers.Serializer[Any]):
    """How far the chain reaches."""

    sealed = serializers.IntegerField()
    pending = serializers.IntegerField()
    head = serializers.CharField()


def entry_out(entry: Entry, seal: Seal | None, *, document: dict[str, Any]) -> dict[str, Any]:
    """The shape of one entry with its seal; `document` is the entry with what is personal opened."""
    return {
        "id": entry.public_id,
        "received_at": rfc3339(entry.received_at),
        "document": document,
        "canonical": entry.canonical,
        "seal": None if seal is None else seal_out(seal),
    }


def entries_out(entries: list[Entry]) -> list[dict[str, Any]]:
    """The shapes of one page, its seals fetched in one query."""
    seals = queries.seals_of(entries)
    shown = queries.opened_all(entries)
    return [entry_out(entry, seals.get(entry.pk), document=document) for entry, document in zip(entries, shown, strict=True)]


def filters_of(given: dict[str, Any]) -> Filters:
    """The filters among some parameters. Raises Invalid."""
    return Filters.parse({name: value for name, value in given.items() if name in FiltersIn().fields})


def tail_out(tail: Tail) -> dict[str, Any]:
    """The shape of what was sealed behind a place."""
    entries = [sealed.entry for sealed in tail.items if sealed.entry is not None]
    return {"data": entries_out(entries), "after": tail.after, "size": tail.size}


def seal_out(seal: Seal) -> dict[str, Any]:
    """The shape of one seal."""
    return {"seq": seal.seq, "leaf": bytes(seal.leaf).hex(), "chain": bytes(seal.chain).hex(), "sealed_at": rfc3339(seal.sealed_at)}
