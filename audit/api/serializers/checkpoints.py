"""Shapes of checkpoints, proofs and public keys."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

JSON, NOTE, TLOG_PROOF = "json", "note", "tlog-proof"
SIZE_MAXIMUM = 2**48


class CheckpointsQuery(PageQuery):
    """Filters of the list of checkpoints."""

    epoch = serializers.IntegerField(
        required=False, default=None, min_value=1, max_value=2**31 - 1, help_text="Only those of one epoch."
    )


class CheckpointQuery(Shape):
    """In which form a checkpoint is wanted."""

    form = serializers.ChoiceField(
        required=False,
        default="",
        choices=[JSON, NOTE],
        help_text="`note` gives the signed note itself, as `Accept: text/plain` does.",
    )


class ProofQuery(Shape):
    """By which checkpoint an entry is to be proven, and in which form."""

    checkpoint = serializers.CharField(required=False, default="", max_length=80, help_text="`chk_…`; left out, the newest one.")
    form = serializers.ChoiceField(
        required=False,
        default="",
        choices=[JSON, TLOG_PROOF],
        help_text="`tlog-proof` gives the file itself, as `Accept: text/plain` does.",
    )


class ConsistencyQuery(Shape):
    """Between which lengths of the log."""

    first = serializers.IntegerField(min_value=1, max_value=SIZE_MAXIMUM, help_text="The size in the older checkpoint.")
    second = serializers.IntegerField(min_value=1, max_value=SIZE_MAXIMUM, help_text="The size in the newer one.")


class CheckpointOut(serializers.Serializer[Any]):
    """A signed statement of how long the log was; hashes are 64 hex digits, `note` is what the signature covers, with the signature."""

    id = serializers.CharField()
    epoch = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]  # as each serializer's parent is called; DRF takes fields out of the class
    chain = serializers.CharField()
    signed_at = serializers.DateTimeField()
    note = serializers.CharField()


class ProofOut(serializers.Serializer[Any]):
    """That an entry stands in the log: its leaf at `index` (from 0), hashes from the leaf upwards, and the checkpoint; `text` is the same as a file."""

    entry = serializers.CharField()
    seq = serializers.IntegerField()
    index = serializers.IntegerField()
    leaf = serializers.CharField()
    hashes = serializers.ListField(child=serializers.CharField())
    checkpoint = CheckpointOut()
    text = serializers.CharField()


class ConsistencyOut(serializers.Serializer[Any]):
    """That the log of `second` entries begins with that of `first`; hashes are 64 hex digits."""

    first = serializers.IntegerField()
    second = serializers.IntegerField()
    first_root = serializers.CharField()
    second_root = serializers.CharField()
    hashes = serializers.ListField(child=serializers.CharField())


class SigningKeyOut(serializers.Serializer[Any]):
    """A public key of the log, as auditors need it; `retired_at` tells since when it signs no more, and what it signed stays valid."""

    id = serializers.CharField()
    epoch = serializers.IntegerField()
    origin = serializers.CharField()
    verifier = serializers.CharField()
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)
