"""Alerts, the rules behind them, and who is told."""

from typing import ClassVar

from django import forms

from console.forms.base import Form, ListQuery

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
SEVERITIES = [("1", "Informational"), ("2", "Low"), ("3", "Medium"), ("4", "High"), ("5", "Critical")]
KINDS = [
    ("mail", "Mail"),
    ("webhook", "Webhook"),
    ("slack", "Slack, or what takes the same"),
    ("pagerduty", "PagerDuty, or what takes the same"),
]


class AlertsQuery(ListQuery):
    """Filters of alerts."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("unanswered", "Not closed"),
        ("open", "Open"),
        ("acknowledged", "Acknowledged"),
        ("closed", "Closed"),
    ]
    SEVERITIES: ClassVar = [
        ("", "Any severity"),
        ("2", "Low and above"),
        ("3", "Medium and above"),
        ("4", "High and above"),
        ("5", "Critical"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)
    severity = forms.ChoiceField(choices=SEVERITIES, required=False)
    rule = forms.CharField(required=False, max_length=64)


class RulesQuery(ListQuery):
    """Filter of rules."""


class ChannelsQuery(ListQuery):
    """Filter of channels."""


class Note(Form):
    """What there is to say about an alert."""

    note = forms.CharField(
        max_length=1000,
        required=False,
        help_text="Stands with the alert and in the audit log.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RuleText(Form):
    """The text of a rule. `last` is how many entries a trial looks at."""

    text = forms.CharField(
        label="Rule", max_length=16384, strip=False, help_text="Sigma in YAML, at most 16 KiB.",
        widget=forms.Textarea(attrs={"rows": 22, "class": "mono", **PLAIN}),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_text(self) -> str:
        """Browsers send CR LF; YAML and its digest want LF."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class NewRule(RuleText):
    """A rule of the tenant's own."""

    key = forms.CharField(
        label="Key", max_length=64, help_text="Small letters, digits and dashes; stays.", widget=forms.TextInput(attrs=PLAIN)
    )
    field_order = ("key", "text")


class MuteForm(Form):
    """For how long nobody is told."""

    hours = forms.TypedChoiceField(
        label="For",
        coerce=int,
        choices=[("1", "one hour"), ("8", "eight hours"), ("24", "a day"), ("168", "a week"), ("0", "no longer: tell again")],
    )


class ChannelForm(Form):
    """What can be changed of a channel."""

    name = forms.CharField(label="Name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    target = forms.CharField(
        label="New address", max_length=1000, required=False, help_text="Leave it empty to keep the present one.",
        widget=forms.TextInput(attrs=PLAIN),
    )  # fmt: skip
    from_severity = forms.TypedChoiceField(label="Tell from", coerce=int, choices=SEVERITIES, initial="3")
    most_per_hour = forms.IntegerField(
        label="At most per hour",
        min_value=1,
        max_value=1000,
        initial=30,
        help_text="What comes above is told in one message at the end of the hour.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewChannel(ChannelForm):
    """A way to tell people."""

    kind = forms.ChoiceField(label="Kind", choices=KINDS)
    target = forms.CharField(
        label="Address", max_length=1000, widget=forms.TextInput(attrs=PLAIN),
        help_text="A mail address, a https address, or the routing key of a PagerDuty integration. It is kept sealed.",
    )  # fmt: skip
    field_order = ("name", "kind", "target", "from_severity", "most_per_hour")
