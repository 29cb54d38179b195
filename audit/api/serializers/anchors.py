"""Shapes of anchors and receipts."""

from typing import Any

from rest_framework import serializers

from audit.models import AnchorKind
from audit.queries import ANCHOR_STATES
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

TARGET_HELP = (
    "By kind: mail `to`, addresses with commas between; witness `url`, `verifier` (the witness' verifier key); timestamp `url`, `roots` (the authority's "
    "root certificates, PEM); object_lock `endpoint`, `bucket`, `prefix`, `region`, `days`. Those with an address may have `ca`: certificates in PEM "
    "form that are believed instead of the system's."
)
CREDENTIALS_HELP = "Of object_lock: `access_key_id`, `secret_access_key`. Kept sealed and never shown again."


class AnchorsQuery(PageQuery):
    """The parameters of the list of anchors."""

    q = serializers.CharField(max_length=80, default="", required=False, allow_blank=True, help_text="Part of a name.")
    kind = serializers.ChoiceField(choices=AnchorKind.values, default="", required=False, allow_blank=True)


class AnchorChangeIn(Shape):
    """What shall be different; what is left out stays."""

    name = serializers.CharField(max_length=80, required=False)
    settings = serializers.DictField(
        child=serializers.CharField(max_length=50_000, allow_blank=True), required=False, help_text=TARGET_HELP
    )
    secret = serializers.DictField(
        child=serializers.CharField(max_length=2_000, allow_blank=True, trim_whitespace=False),
        required=False,
        write_only=True,
        help_text=CREDENTIALS_HELP,
    )
    every_s = serializers.IntegerField(
        min_value=300,
        max_value=2_678_400,
        required=False,
        help_text="Seconds between two checkpoints, 300 to 2,678,400; a day unless said otherwise.",
    )


class AnchorIn(AnchorChangeIn):
    """An anchor to add."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=AnchorKind.values)
    settings = serializers.DictField(child=serializers.CharField(max_length=50_000, allow_blank=True), help_text=TARGET_HELP)


class AnchorPauseIn(Shape):
    """Why no checkpoint shall be given."""

    reason = serializers.CharField(max_length=500, help_text="Stands in the trail.")


class AnchorOut(serializers.Serializer[Any]):
    """An anchor and how it does: `last_size` entries of `last_epoch` are what it has."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=AnchorKind.values)
    target = serializers.CharField()
    settings = serializers.DictField(child=serializers.CharField())
    has_secret = serializers.BooleanField()
    every_s = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ANCHOR_STATES)
    last_epoch = serializers.IntegerField()
    last_size = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField()
    attempts = serializers.IntegerField()
    fault = serializers.CharField()
    paused_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ReceiptOut(serializers.Serializer[Any]):
    """What an anchor answered for one checkpoint; `content` is base64 of it."""

    id = serializers.UUIDField()
    checkpoint = serializers.CharField()
    size = serializers.IntegerField()
    epoch = serializers.IntegerField()
    anchor = serializers.CharField()
    kind = serializers.ChoiceField(choices=AnchorKind.values)
    file = serializers.CharField()
    content = serializers.CharField()
    given_at = serializers.DateTimeField()


class AnchorTrialOut(serializers.Serializer[Any]):
    """What came of giving the newest checkpoint: the receipt, or the fault."""

    is_taken = serializers.BooleanField()
    fault = serializers.CharField()
    receipt = ReceiptOut(allow_null=True)
