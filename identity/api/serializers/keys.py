"""Shapes of API keys."""

from typing import Any

from rest_framework import serializers

from identity import grants, inputs, key_inputs, texts
from identity.api.serializers.fields import Flag, Text, Whole
from identity.models import KeyKind, KeyState
from identity.queries import OWNER_KINDS
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

STATES = [str(state) for state in KeyState]
KINDS = [str(kind) for kind in KeyKind]
LEAKS_MAX = 100
NETWORKS_HELP = "Networks that the key may be used from, e.g. 192.0.2.0/24 or 2001:db8::/32; none for any."
RATE_HELP = "How many requests a second the key may make; 0 for no limit of its own."


class Networks(serializers.ListField):
    """A list of blocks of addresses."""

    child = Text(max_length=60)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=key_inputs.NETWORKS_MAX, help_text=NETWORKS_HELP, **options)


class KeyIn(Shape):
    """An API key to make."""

    name = Text(max_length=texts.NAME_MAX)
    scopes = serializers.ListField(
        child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX, help_text="e.g. read:audit.entries, read:*"
    )
    expires_in_days = Whole(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=key_inputs.DAYS_MAX,
        help_text="Default: 90, or what the tenant allows.",
    )
    owner = Text(
        required=False,
        default="",
        max_length=40,
        help_text="A service account (svc_…) whose key it shall be; the operator acting in this tenant may also name a person (usr_…). Empty: your own.",
    )
    kind = serializers.ChoiceField(
        required=False,
        default=str(KeyKind.LIVE),
        choices=KINDS,
        help_text="A key for trials begins with fht_ and lives 30 days at most.",
    )
    networks = Networks(required=False, default=list)
    rate_per_s = Whole(required=False, default=0, min_value=0, max_value=key_inputs.RATE_MAX, help_text=RATE_HELP)


class KeyChangeIn(Shape):
    """What to change of an API key; fields left out stay."""

    name = Text(max_length=texts.NAME_MAX)
    scopes = serializers.ListField(child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX)
    networks = Networks()
    rate_per_s = Whole(min_value=0, max_value=key_inputs.RATE_MAX, help_text=RATE_HELP)
    requires_signature = Flag(help_text="Whether each request with the key must be signed too.")


class KeyNetworksIn(Shape):
    """The whole list of networks of an API key."""

    networks = Networks()


class RotationIn(Shape):
    """How to replace an API key."""

    overlap_hours = Whole(
        required=False,
        default=key_inputs.DEFAULT_OVERLAP_HOURS,
        min_value=0,
        max_value=key_inputs.OVERLAP_HOURS_MAX,
        help_text="How long the present key works on.",
    )
    expires_in_days = Whole(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=key_inputs.DAYS_MAX,
        help_text="Default: as long as the present key was made for.",
    )


class LeakIn(serializers.Serializer[Any]):
    """One text that was found, as secret scanners report it; what they say beside it is ignored."""

    token = Text(max_length=1000, help_text="The text that was found.")
    url = Text(required=False, default="", max_length=2000, allow_blank=True, help_text="Where.")


class LeaksIn(Shape):
    """What a secret scanner found; a bare list of the same is read too."""

    leaks = serializers.ListField(child=LeakIn(), min_length=1, max_length=LEAKS_MAX)


class LeaksOut(serializers.Serializer[Any]):
    """That the report came in; the answer is the same whatever was in it."""

    received = serializers.IntegerField()


class KeysQuery(PageQuery):
    """Filters of the list of API keys."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or of the key shown."
    )
    state = serializers.ChoiceField(required=False, default="", choices=STATES, help_text="Only keys in this state.")
    owner = serializers.CharField(
        required=False,
        default="",
        max_length=40,
        allow_blank=True,
        help_text="Only keys of this person (usr_…) or service account (svc_…).",
    )
    owner_kind = serializers.ChoiceField(
        required=False, default="", choices=OWNER_KINDS, help_text="Only keys of people, or of service accounts."
    )


class KeyOwnerOut(serializers.Serializer[Any]):
    """The person or the service account that owns a key."""

    id = serializers.CharField(help_text="usr_… or svc_…")
    kind = serializers.ChoiceField(choices=["person", "service_account"])
    email = serializers.CharField(help_text="Empty for a service account.")
    name = serializers.CharField()


class KeyOut(serializers.Serializer[Any]):
    """An API key, without its secret."""

    id = serializers.CharField(help_text="key_…")
    name = serializers.CharField()
    display = serializers.CharField(help_text="Enough to recognise the key.")
    scopes = serializers.ListField(child=serializers.CharField())
    owner = KeyOwnerOut()
    state = serializers.ChoiceField(choices=STATES)
    kind = serializers.ChoiceField(choices=KINDS)
    networks = serializers.ListField(child=serializers.CharField())
    rate_per_s = serializers.IntegerField(help_text="0: no limit of its own.")
    requires_signature = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    overlap_until = serializers.DateTimeField(allow_null=True, help_text="Until when a replaced key works on.")
    rotated_from = serializers.CharField(allow_null=True, help_text="The key that this one replaced.")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Up to two minutes late.")
    last_address = serializers.CharField(help_text="Where it was used from last; empty before its first use.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoke_reason = serializers.CharField()
    version = serializers.IntegerField()


class NewKeyOut(KeyOut):
    """A new API key; `secret` is the key itself and is given this once."""

    secret = serializers.CharField(allow_null=True, help_text="fh_…; null when the answer is a repetition.")


class KeysPage(serializers.Serializer[Any]):
    """A page of API keys."""

    data = KeyOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
