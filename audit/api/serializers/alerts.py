"""Shapes of alerts, rules and channels."""

from typing import Any

from rest_framework import serializers

from audit.models import ChannelKind
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

STATES = ["open", "acknowledged", "closed", "unanswered"]
SEVERITY_HELP = "1 informational, 2 low, 3 medium, 4 high, 5 critical."


class AlertsQuery(PageQuery):
    """Filters of alerts."""

    q = serializers.CharField(required=False, default="", max_length=200, help_text="Searches title, rule and group.")
    state = serializers.ChoiceField(required=False, default="", choices=STATES, help_text="`unanswered` is all but closed.")
    rule = serializers.CharField(required=False, default="", max_length=64, help_text="The key of one rule.")
    severity = serializers.IntegerField(required=False, default=0, min_value=0, max_value=5, help_text="At least this one.")


class AlertIn(Shape):
    """What somebody says when they acknowledge or close an alert."""

    note = serializers.CharField(required=False, default="", max_length=1000, allow_blank=True)


class ToldOut(serializers.Serializer[Any]):
    """One message about an alert."""

    channel = serializers.CharField()
    told_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    fault = serializers.CharField()


class AlertOut(serializers.Serializer[Any]):
    """Something that people should look at; `number` is how often it happened, `seqs` the places of the last 50 entries in the log."""

    id = serializers.CharField()
    rule = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.IntegerField(help_text=SEVERITY_HELP)
    group = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES[:3])
    number = serializers.IntegerField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    seqs = serializers.ListField(child=serializers.IntegerField())
    facts = serializers.DictField()
    happened_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField()
    told_at = serializers.DateTimeField(allow_null=True)
    answered_by = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()
    version = serializers.IntegerField()


class OneAlertOut(AlertOut):
    """The same with its entries and who was told."""

    entries = serializers.ListField(child=serializers.DictField(), help_text="`seq`, `id` and `action` of each entry.")
    told = ToldOut(many=True)


class RulesQuery(Shape):
    """Filter of rules."""

    q = serializers.CharField(required=False, default="", max_length=200, help_text="Searches key and title.")


class RuleIn(Shape):
    """A rule of the tenant's own."""

    key = serializers.CharField(max_length=64, help_text="1 to 64 of a-z, 0-9 and -.")
    text = serializers.CharField(max_length=16384, trim_whitespace=False, help_text="Sigma in YAML, at most 16 KiB.")


class RuleTextIn(Shape):
    """Another text for a rule."""

    text = serializers.CharField(max_length=16384, trim_whitespace=False)


class RuleTrialIn(Shape):
    """A rule to try."""

    text = serializers.CharField(max_length=16384, trim_whitespace=False)
    last = serializers.IntegerField(required=False, default=1000, min_value=1, max_value=10_000, help_text="Over so many entries.")


class DisablementIn(Shape):
    """Why something is done."""

    reason = serializers.CharField(required=False, default="", max_length=200, allow_blank=True)


class MuteIn(Shape):
    """How long nobody is told."""

    until = serializers.DateTimeField()


class RuleFaultOut(serializers.Serializer[Any]):
    """What is wrong with a rule's text."""

    line = serializers.IntegerField()
    message = serializers.CharField()


class RuleOut(serializers.Serializer[Any]):
    """One rule with its state; `version` is 0 for a built-in rule that was never touched."""

    key = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.IntegerField(help_text=SEVERITY_HELP)
    description = serializers.CharField()
    falsepositives = serializers.ListField(child=serializers.CharField())
    response = serializers.ListField(child=serializers.CharField())
    is_builtin = serializers.BooleanField()
    is_enabled = serializers.BooleanField()
    muted_until = serializers.DateTimeField(allow_null=True)
    faults = RuleFaultOut(many=True)
    text = serializers.CharField()
    version = serializers.IntegerField()


class FindingOut(serializers.Serializer[Any]):
    """What a rule would have found."""

    seq = serializers.IntegerField()
    seqs = serializers.ListField(child=serializers.IntegerField())
    group = serializers.CharField()
    happened_at = serializers.DateTimeField()
    facts = serializers.DictField()


class RuleTrialOut(serializers.Serializer[Any]):
    """What a rule would have found among the last entries, the newest 100; `number` counts all."""

    looked_at = serializers.IntegerField()
    number = serializers.IntegerField()
    findings = FindingOut(many=True)
    faults = serializers.ListField(child=serializers.CharField())


class ChannelsQuery(PageQuery):
    """Filter of channels."""

    q = serializers.CharField(required=False, default="", max_length=200, help_text="Searches the name.")


class ChannelSettingsIn(Shape):
    """What can be changed of a channel."""

    name = serializers.CharField(max_length=80)
    target = serializers.CharField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="Empty keeps the address."
    )
    from_severity = serializers.IntegerField(required=False, default=3, min_value=1, max_value=5, help_text=SEVERITY_HELP)
    most_per_hour = serializers.IntegerField(required=False, default=30, min_value=1, max_value=1000)


class ChannelIn(ChannelSettingsIn):
    """A new channel."""

    kind = serializers.ChoiceField(choices=ChannelKind.values)
    target = serializers.CharField(max_length=1000, help_text="Mail address, https address, or PagerDuty routing key.")


class ChannelOut(serializers.Serializer[Any]):
    """A way to tell people; `target` is the address as far as it may be shown, `fault` why the last message was not taken."""

    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=ChannelKind.values)
    target = serializers.CharField()
    from_severity = serializers.IntegerField(help_text=SEVERITY_HELP)
    most_per_hour = serializers.IntegerField()
    is_paused = serializers.BooleanField()
    told_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    fault = serializers.CharField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ChannelTestOut(serializers.Serializer[Any]):
    """What is sent for trial; the channel tells then whether it was taken."""

    sent = serializers.CharField()
