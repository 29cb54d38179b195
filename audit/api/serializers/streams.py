"""Shapes of streams."""

from typing import Any

from rest_framework import serializers

from audit.models import Format, StreamKind
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

SETTINGS_HELP = (
    "By kind: https and splunk `url`; syslog `host`, `port`; s3 `endpoint`, `bucket`, `prefix`, `region`. Each may have `ca`: certificates in PEM form "
    "that are believed instead of the system's."
)
LOGIN_HELP = (
    "By kind: https `signing_key` (24 signs or more) and, if wanted, `authorization`, the value of that header; splunk `token`; s3 `access_key_id`, "
    "`secret_access_key`; syslog nothing. Kept sealed and never shown again."
)
FILTERS_HELP = "As in the list of entries: `q`, `action`, `category`, `outcome`, `severity`, `actor`, `subject`, `address`, `source`, `since`, `until`."


class StreamsQuery(PageQuery):
    """The parameters of the list of streams."""

    q = serializers.CharField(max_length=80, default="", required=False, allow_blank=True, help_text="Part of a name.")
    kind = serializers.ChoiceField(choices=StreamKind.values, default="", required=False, allow_blank=True)


class StreamChangeIn(Shape):
    """What shall be different; what is left out stays."""

    name = serializers.CharField(max_length=80, required=False)
    format = serializers.ChoiceField(choices=Format.values, required=False)
    format_version = serializers.CharField(
        max_length=16,
        required=False,
        allow_blank=True,
        help_text="Of ocsf: 1.3.0 or 1.9.0. Empty: the default, which stays the same.",
    )
    settings = serializers.DictField(
        child=serializers.CharField(max_length=20_000, allow_blank=True), required=False, help_text=SETTINGS_HELP
    )
    secret = serializers.DictField(
        child=serializers.CharField(max_length=2_000, allow_blank=True, trim_whitespace=False),
        required=False,
        write_only=True,
        help_text=LOGIN_HELP,
    )
    filters = serializers.DictField(required=False, help_text=FILTERS_HELP)


class StreamIn(StreamChangeIn):
    """A stream to make."""

    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(choices=StreamKind.values)
    settings = serializers.DictField(child=serializers.CharField(max_length=20_000, allow_blank=True), help_text=SETTINGS_HELP)
    from_seq = serializers.IntegerField(
        min_value=1,
        required=False,
        allow_null=True,
        default=None,
        help_text="The first place to send, 1 for everything; left out: what comes from now on.",
    )


class PauseIn(Shape):
    """Why nothing shall be sent."""

    reason = serializers.CharField(max_length=500, help_text="Stands in the trail.")


class ReplayIn(Shape):
    """From where to send again."""

    from_seq = serializers.IntegerField(min_value=1, help_text="The first place to send again, 1 for everything.")


class TrialOut(serializers.Serializer[Any]):
    """What came of a test record."""

    is_taken = serializers.BooleanField()
    answer = serializers.CharField()


class StreamOut(serializers.Serializer[Any]):
    """A stream and how it does. `lag_s` is how many seconds ago the first entry that waits was sealed."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=StreamKind.values)
    target = serializers.CharField()
    format = serializers.ChoiceField(choices=Format.values)
    format_version = serializers.CharField()
    settings = serializers.DictField(child=serializers.CharField())
    has_secret = serializers.BooleanField()
    filters = serializers.DictField()
    state = serializers.ChoiceField(choices=("live", "behind", "failing", "paused"))
    seq = serializers.IntegerField()
    lag_entries = serializers.IntegerField()
    lag_s = serializers.IntegerField()
    attempts = serializers.IntegerField()
    fault = serializers.CharField()
    retries_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()
