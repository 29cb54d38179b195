"""Shapes."""

from typing import Any

from rest_framework import serializers

from audit import queries
from audit.models import Entry, Seal
from kernel.api.views import PageQuery
from kernel.clock import rfc3339


class EntriesQuery(PageQuery):
    """Filters of the trail."""

    q = serializers.CharField(
        required=False, default="", max_length=200, help_text="Searches actor, subject, action and request id."
    )
    action = serializers.CharField(required=False, default="", max_length=64, help_text="One action, or a beginning with `*`.")
    outcome = serializers.ChoiceField(required=False, default="", choices=["success", "failure", "denied"])
    actor_id = serializers.CharField(required=False, default="", max_length=80)
    subject = serializers.CharField(required=False, default="", max_length=80)
    since = serializers.DateTimeField(required=False, default=None, help_text="From this moment on.")
    until = serializers.DateTimeField(required=False, default=None, help_text="Before this moment.")


class SealOut(serializers.Serializer[Any]):
    """The place of an entry in the chain; hashes are 64 hex digits."""

    seq = serializers.IntegerField()
    leaf = serializers.CharField()
    chain = serializers.CharField()
    sealed_at = serializers.DateTimeField()


class EntryOut(serializers.Serializer[Any]):
    """One entry: the canonical document, and the exact text that was hashed."""

    id = serializers.CharField()
    received_at = serializers.DateTimeField()
    document = serializers.DictField()
    canonical = serializers.CharField()
    seal = SealOut(allow_null=True)


class ChainOut(serializers.Serializer[Any]):
    """How far the chain reaches."""

    sealed = serializers.IntegerField()
    pending = serializers.IntegerField()
    head = serializers.CharField()


class VerificationOut(serializers.Serializer[Any]):
    """What a check of the chain found."""

    ok = serializers.BooleanField()
    checked = serializers.IntegerField()
    broken_at = serializers.IntegerField()
    reason = serializers.CharField()


def entry_out(entry: Entry, seal: Seal | None) -> dict[str, Any]:
    """The shape of one entry with its seal."""
    return {
        "id": entry.public_id,
        "received_at": rfc3339(entry.received_at),
        "document": entry.document,
        "canonical": entry.canonical,
        "seal": None if seal is None else seal_out(seal),
    }


def entries_out(entries: list[Entry]) -> list[dict[str, Any]]:
    """The shapes of one page, its seals fetched in one query."""
    seals = queries.seals_of(entries)
    return [entry_out(entry, seals.get(entry.pk)) for entry in entries]


def seal_out(seal: Seal) -> dict[str, Any]:
    """The shape of one seal."""
    return {"seq": seal.seq, "leaf": bytes(seal.leaf).hex(), "chain": bytes(seal.chain).hex(), "sealed_at": rfc3339(seal.sealed_at)}
