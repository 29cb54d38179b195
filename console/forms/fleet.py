"""Migrations of all tenants."""

from typing import ClassVar

from django import forms

from console.forms.base import LONG, Form, ListQuery

RINGS = [
    ("rest", "All tenants"),
    ("early", "Up to one in a hundred, then pause"),
    ("canary", "Only the first ones, then pause"),
]


class Migration(Form):
    """How far a run goes, and who is first."""

    until = forms.ChoiceField(label="How far", choices=RINGS)
    canaries = forms.CharField(
        label="Who goes first",
        required=False,
        max_length=LONG,
        help_text="Slugs, separated by spaces. The operator's own tenant and those with the setting “canary” go first in any case.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    jobs = forms.IntegerField(label="Workers per cell", min_value=1, max_value=16, initial=2)


class Continuation(Form):
    """How far a run goes on."""

    until = forms.ChoiceField(label="How far", choices=RINGS)


class ResultsQuery(ListQuery):
    """Filters of what became of schemas."""

    STATES: ClassVar = [("", "Any state"), ("failed", "Failed"), ("waiting", "Waiting"), ("done", "Done")]
    RINGS: ClassVar = [
        ("", "Any ring"),
        ("spares", "Spare places"),
        ("canary", "First"),
        ("early", "One in a hundred"),
        ("rest", "All others"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)
    ring = forms.ChoiceField(choices=RINGS, required=False)


class RunsQuery(ListQuery):
    """Filters of runs."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("running", "Running"),
        ("paused", "Paused"),
        ("succeeded", "Done"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)
