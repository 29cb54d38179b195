"""Shapes of keys that sign requests."""

from typing import Any

from rest_framework import serializers

from identity import key_inputs, queries, texts
from identity.api.serializers.fields import Text, Whole
from identity.models import KeyState
from identity.request_signing.public_keys import TEXT_MAX
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

PUBLIC_KEY_HELP = "For ed25519: the 32 bytes of the public key as base64, or its PEM block. Leave it out for hmac-sha256."


class RequestKeyIn(Shape):
    """A signing key to make."""

    name = Text(max_length=texts.NAME_MAX)
    algorithm = serializers.ChoiceField(choices=queries.SIGNING_ALGORITHMS)
    public_key = Text(required=False, default="", max_length=TEXT_MAX, allow_blank=True, help_text=PUBLIC_KEY_HELP)
    expires_in_days = Whole(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=key_inputs.DAYS_MAX,
        help_text=f"{key_inputs.DEFAULT_DAYS} where it is left out.",
    )


class RequestKeyRotationIn(Shape):
    """The successor of a signing key."""

    public_key = Text(required=False, default="", max_length=TEXT_MAX, allow_blank=True, help_text=PUBLIC_KEY_HELP)
    overlap_hours = Whole(
        required=False,
        default=key_inputs.DEFAULT_OVERLAP_HOURS,
        min_value=0,
        max_value=key_inputs.OVERLAP_HOURS_MAX,
        help_text="How long the old key goes on working.",
    )


class RequestKeysQuery(PageQuery):
    """Filters of the list of signing keys."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or of a key id."
    )
    state = serializers.ChoiceField(
        required=False, default="", choices=[str(state) for state in KeyState], help_text="Only keys in this state."
    )


class RequestKeyOut(serializers.Serializer[Any]):
    """A key that signs requests, without its secret."""

    id = serializers.CharField(help_text="sig_…")
    key_id = serializers.CharField(help_text="fhh_…: the `keyid` of a signature.")
    api_key = serializers.CharField(help_text="key_…: the API key that a signed request acts as.")
    name = serializers.CharField()
    algorithm = serializers.ChoiceField(choices=queries.SIGNING_ALGORITHMS)
    public_key = serializers.CharField(help_text="Base64; empty for hmac-sha256.")
    state = serializers.ChoiceField(choices=[str(state) for state in KeyState])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoke_reason = serializers.CharField()
    version = serializers.IntegerField()


class NewRequestKeyOut(RequestKeyOut):
    """A new signing key; `secret` is what an HMAC key signs with and is given this once."""

    secret = serializers.CharField(allow_null=True, help_text="fhhs_…; empty for ed25519, null when the answer is a repetition.")


class RequestKeysPage(serializers.Serializer[Any]):
    """A page of signing keys."""

    data = RequestKeyOut(many=True)  # type: ignore[assignment]  # DRF's own `data` is a property
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
