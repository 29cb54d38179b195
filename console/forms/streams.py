"""Streams: a form that has the fields of its kind of target."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from console.forms.base import Form, ListQuery
from kernel.events import CATEGORIES

KINDS = (
    ("https", "HTTPS", "Any collector that takes signed POST requests."),
    ("splunk", "Splunk", "An HTTP Event Collector, or what speaks like one."),
    ("syslog", "Syslog over TLS", "rsyslog, syslog-ng and most SIEM systems."),
    ("s3", "S3 storage", "A bucket that gets one packed object per batch."),
)
WORDS = {
    "jsonl": "JSON Lines", "csv": "CSV", "cef": "CEF", "syslog": "Syslog (RFC 5424)", "ocsf": "OCSF", "ecs": "Elastic Common Schema",
}  # fmt: skip
SEVERITIES = [("", "Any"), ("2", "Low and above"), ("3", "Medium and above"), ("4", "High and above"), ("5", "Critical")]
OUTCOMES = [("", "Any"), ("success", "Success"), ("failure", "Failure"), ("denied", "Denied")]
STARTS = [("now", "What happens from now on"), ("first", "Everything, from the first entry on")]
FILTERS = ("action", "category", "severity", "outcome")


class StreamsQuery(ListQuery):
    """Filters of streams."""

    KINDS: ClassVar = [("", "Any kind"), *((kind, label) for kind, label, _ in KINDS)]
    kind = forms.ChoiceField(choices=KINDS, required=False)


def _line(label: str, *, hint: str = "", help_text: str = "", is_required: bool = True, maximum: int = 500) -> forms.CharField:
    attributes = {"placeholder": hint, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, required=is_required, max_length=maximum, help_text=help_text, widget=forms.TextInput(attrs=attributes)
    )


def _hidden(label: str, *, help_text: str = "", is_required: bool = True) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=is_required, max_length=2000, strip=False, help_text=help_text, widget=widget)


def _settings(kind: str) -> dict[str, forms.Field]:
    fields: dict[str, dict[str, forms.Field]] = {
        "https": {"url": _line("URL", hint="https://collector.example.com/audit", maximum=2048)},
        "splunk": {
            "url": _line(
                "URL", hint="https://splunk.example.com:8088", help_text="/services/collector/event is added.", maximum=2048
            )
        },
        "syslog": {"host": _line("Host", hint="logs.example.com", maximum=253), "port": _line("Port", hint="6514", maximum=5)},
        "s3": {
            "endpoint": _line("Endpoint", hint="https://s3.example.com", maximum=2048),
            "bucket": _line("Bucket", maximum=63),
            "prefix": _line("Prefix", help_text="What keys begin with.", is_required=False, maximum=200),
            "region": _line("Region", hint="eu-central-1", maximum=32),
        },
    }
    area = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})
    authority = forms.CharField(
        label="Certificate authority",
        required=False,
        max_length=20_000,
        widget=area,
        help_text="PEM; only where the target's is your own.",
    )
    return {**fields[kind], "ca": authority}


def _secrets(kind: str) -> dict[str, forms.Field]:
    fields: dict[str, dict[str, forms.Field]] = {
        "https": {
            "signing_key": _hidden(
                "Signing key", help_text="24 signs or more, made at random. The receiver checks each batch with it."
            ),
            "authorization": _hidden("Authorization header", help_text="Its whole value, e.g. Bearer …", is_required=False),
        },
        "splunk": {"token": _hidden("Token")},
        "syslog": {},
        "s3": {"access_key_id": _hidden("Access key id"), "secret_access_key": _hidden("Secret access key")},
    }
    return fields[kind]


class StreamForm(Form):
    """What a stream of one kind is told; `formats` are pairs of format and version. Without `is_new` secrets may be left empty."""

    is_nested = True

    def __init__(
        self,
        data: Any = None,
        *,
        kind: str,
        formats: Sequence[tuple[str, str]],
        is_new: bool = True,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.setting_names, secrets = tuple(_settings(kind)), _secrets(kind)
        self.secret_names = tuple(secrets)
        self.fields["name"] = forms.CharField(label="Name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
        self.fields |= _settings(kind)
        for name, field in secrets.items():
            field.required = field.required and is_new
            field.help_text = field.help_text if is_new else "Empty: as it is. A new address needs it again."
            self.fields[name] = field
        choices = [(f"{name}:{version}", f"{WORDS[name]} {version}".strip()) for name, version in formats]
        self.fields["format"] = forms.ChoiceField(label="Format", choices=choices)
        self.fields["action"] = _line("Only actions", hint="identity.*", is_required=False, maximum=64)
        self.fields["category"] = forms.ChoiceField(
            label="Only a category", required=False, choices=[("", "Any"), *((name, name.capitalize()) for name in CATEGORIES)]
        )
        self.fields["severity"] = forms.ChoiceField(label="Severity", required=False, choices=SEVERITIES)
        self.fields["outcome"] = forms.ChoiceField(label="Outcome", required=False, choices=OUTCOMES)
        if is_new:
            self.fields["start"] = forms.ChoiceField(label="Begin with", choices=STARTS)

    def wanted(self, *, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The arguments of `Wanted`; `kept` are filters that the form does not show. Raises Invalid, after noting each fault at its field."""
        values = self.values()
        secret = {name: values[name] for name in self.secret_names if values[name]}
        format_name, _, version = values["format"].partition(":")
        shown = {name: int(values[name]) if name == "severity" else values[name] for name in FILTERS if values[name]}
        return {
            "name": values["name"],
            "settings": {name: values[name] for name in self.setting_names},
            "secret": secret or None,
            "format": format_name,
            "format_version": version,
            "filters": {name: value for name, value in (kept or {}).items() if name not in FILTERS} | shown,
        }


class Replay(Form):
    """From where to send again."""

    from_seq = forms.IntegerField(
        label="From place", min_value=1, help_text="The sequence number of the first entry to send again; 1 sends everything."
    )
