"""Anchors: a form that has the fields of its kind."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from console.forms.base import Form, ListQuery

KINDS = (
    ("mail", "Mail", "The checkpoint as a mail to people outside, who keep it."),
    ("witness", "Witness", "Somebody who signs only what continues what they signed before (C2SP tlog-witness)."),
    ("timestamp", "Time stamp", "A time stamp authority's signed word (RFC 3161)."),
    ("object_lock", "Locked storage", "A bucket with object lock, where nobody can remove it before its time."),
)
EVERY = [("3600", "Every hour"), ("21600", "Every six hours"), ("86400", "Every day"), ("604800", "Every week")]
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class AnchorsQuery(ListQuery):
    """Filters of anchors."""

    KINDS: ClassVar = [("", "Any kind"), *((kind, label) for kind, label, _ in KINDS)]
    kind = forms.ChoiceField(choices=KINDS, required=False)


class ReceiptsQuery(ListQuery):
    """Filters of an anchor's receipts: `q` is how many entries a checkpoint covers."""


def _line(label: str, *, hint: str = "", help_text: str = "", is_required: bool = True, maximum: int = 500) -> forms.CharField:
    widget = forms.TextInput(attrs={**PLAIN, "placeholder": hint})
    return forms.CharField(label=label, required=is_required, max_length=maximum, help_text=help_text, widget=widget)


def _area(label: str, *, help_text: str, is_required: bool) -> forms.CharField:
    widget = forms.Textarea(attrs={**PLAIN, "rows": 3})
    return forms.CharField(label=label, required=is_required, max_length=50_000, help_text=help_text, widget=widget)


def _hidden(label: str, *, is_new: bool) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    help_text = "" if is_new else "Empty: as it is. A new address needs it again."
    return forms.CharField(label=label, required=is_new, max_length=2000, strip=False, help_text=help_text, widget=widget)


def _settings(kind: str) -> dict[str, forms.Field]:
    authority = _area("Certificate authority", help_text="PEM; only where the target's is your own.", is_required=False)
    fields: dict[str, dict[str, forms.Field]] = {
        "mail": {"to": _line("Addresses", hint="audit@example.com", help_text="Up to 20, with commas between.", maximum=2000)},
        "witness": {
            "url": _line("URL", hint="https://witness.example.com", help_text="/add-checkpoint is added.", maximum=2048),
            "verifier": _line("Verifier key of the witness", hint="witness.example.com/one+0a1b2c3d+B…"),
            "ca": authority,
        },
        "timestamp": {
            "url": _line("URL", hint="https://timestamps.example.com", maximum=2048),
            "roots": _area(
                "Root certificates", help_text="PEM; a stamp that does not lead to one of them is refused.", is_required=True
            ),
            "ca": authority,
        },
        "object_lock": {
            "endpoint": _line("Endpoint", hint="https://s3.eu-central-1.amazonaws.com", maximum=2048),
            "bucket": _line("Bucket", maximum=63),
            "prefix": _line("Prefix", help_text="What keys begin with.", is_required=False, maximum=200),
            "region": _line("Region", hint="eu-central-1", maximum=32),
            "days": _line("Locked for days", hint="365", maximum=5),
            "ca": authority,
        },
    }
    return fields[kind]


class AnchorForm(Form):
    """What an anchor of one kind is told. Without `is_new` secrets may be left empty."""

    is_nested = True

    def __init__(self, data: Any = None, *, kind: str, is_new: bool = True, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"every_s": "86400", **dict(initial or {})})
        self.setting_names = tuple(_settings(kind))
        self.secret_names = ("access_key_id", "secret_access_key") if kind == "object_lock" else ()
        self.fields["name"] = _line("Name", maximum=80)
        self.fields |= _settings(kind)
        for name in self.secret_names:
            self.fields[name] = _hidden(name.replace("_", " ").capitalize(), is_new=is_new)
        known = {value for value, _ in EVERY}
        own = str(self.initial["every_s"])
        choices = EVERY if own in known else [*EVERY, (own, f"Every {own} seconds")]
        self.fields["every_s"] = forms.ChoiceField(label="How often", choices=choices)

    def wanted(self) -> dict[str, Any]:
        """The arguments of `WantedAnchor`. Raises Invalid, after noting each fault at its field."""
        values = self.values()
        return {
            "name": values["name"],
            "settings": {name: values[name] for name in self.setting_names},
            "secret": {name: values[name] for name in self.secret_names if values[name]} or None,
            "every_s": int(values["every_s"]),
        }
