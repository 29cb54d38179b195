"""Teams, service accounts and profiles."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
SLUG_MAX = 50
ATTRIBUTES_TEXT_MAX = 20_000


class NamedForm(Form):
    """What a team or a service account is called and is for."""

    label = forms.CharField(label="Name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        label="What it is for", max_length=LONG, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class NewNamed(NamedForm):
    """The same for one to make, with its short name."""

    name = forms.CharField(
        label="Short name",
        max_length=SLUG_MAX,
        help_text="For programs: small letters, digits and hyphens. It cannot be changed later.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    field_order = ("label", "name", "description")


class ChangedNamed(NamedForm):
    """The same for one that is there, and the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class MembersQuery(ListQuery):
    """Filters of who could be put into a team."""

    KINDS: ClassVar = [("people", "People"), ("programs", "Service accounts")]
    kind = forms.ChoiceField(choices=KINDS, required=False)


class ServiceAccountsQuery(ListQuery):
    """Filters of service accounts."""

    STATUSES: ClassVar = [("", "Any status"), ("active", "Active"), ("suspended", "Suspended"), ("deactivated", "Deactivated")]
    status = forms.ChoiceField(choices=STATUSES, required=False)


class AttributesForm(Form):
    """What policies may ask for, one line each, and the version that was looked at."""

    attributes = forms.CharField(
        label="Attributes",
        required=False,
        max_length=ATTRIBUTES_TEXT_MAX,
        help_text="One on each line, as name = text, e.g. department = finance. Policies may ask for them; up to 50.",
        widget=forms.Textarea(attrs={"rows": "8", **PLAIN}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_attributes(self) -> dict[str, str]:
        """The lines as a mapping."""
        found: dict[str, str] = {}
        for number, line in enumerate(str(self.cleaned_data["attributes"]).splitlines(), start=1):
            name, separator, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not separator or not name:
                raise forms.ValidationError(f"Line {number}: write it as name = text.")
            if name in found:
                raise forms.ValidationError(f"Line {number}: {name} stands above already.")
            found[name] = text
        return found


class ProfileForm(Form):
    """What a person says of themself, and the version that was looked at."""

    name = forms.CharField(label="Name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    locale = forms.CharField(
        label="Language",
        max_length=35,
        required=False,
        help_text="A language tag such as en or de-CH. Empty means the tenant's.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    timezone = forms.CharField(
        label="Time zone",
        max_length=64,
        required=False,
        help_text="Such as Europe/Zurich or UTC. Empty means the tenant's.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def attribute_lines(attributes: Mapping[str, Any]) -> str:
    """Attributes as the form shows them."""
    return "\n".join(f"{name} = {text}" for name, text in sorted(attributes.items()))
