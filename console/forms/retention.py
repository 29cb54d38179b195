"""Periods, removals and legal holds."""

from typing import Any, ClassVar

from django import forms

from console.forms.base import Form, ListQuery

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
DAY = {"type": "date"}
TERMS = ("actor", "subject", "action", "since", "until")


class PruningsQuery(ListQuery):
    """Filters of what was removed: `q` is part of the name of a month."""

    STAGES: ClassVar = [("", "Bodies and seals"), ("bodies", "Bodies of months"), ("seals", "Seals")]
    stage = forms.ChoiceField(choices=STAGES, required=False)


class PolicyForm(Form):
    """How long the entries of one category are kept."""

    body_days = forms.IntegerField(
        label="Texts are kept for days", min_value=0, help_text="0 keeps them for good; else 30 or more. They go by whole months."
    )
    seal_days = forms.IntegerField(
        label="Seals are kept for days",
        min_value=0,
        help_text="0 keeps them for good, so that every entry stays provable; else no fewer.",
    )
    basis = forms.CharField(
        label="Basis", max_length=500, required=False, help_text="Which rule or decision asks for it; stands in the audit log."
    )


class HoldsQuery(ListQuery):
    """Filters of legal holds."""

    STATES: ClassVar = [("", "Any state"), ("standing", "Standing"), ("lift_asked", "End asked for"), ("lifted", "Lifted")]
    state = forms.ChoiceField(choices=STATES, required=False)


class HoldForm(Form):
    """A hold to place; terms that are left empty mean any."""

    is_nested = True

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    matter = forms.CharField(
        max_length=80, required=False, help_text="The number of the case.", widget=forms.TextInput(attrs=PLAIN)
    )
    reason = forms.CharField(
        max_length=1000, help_text="Stands in the audit log.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    actor = forms.CharField(
        label="Who acted", max_length=80, required=False, help_text="An id such as usr_…", widget=forms.TextInput(attrs=PLAIN)
    )
    subject = forms.CharField(
        label="What it is about",
        max_length=80,
        required=False,
        help_text="An id such as usr_…",
        widget=forms.TextInput(attrs=PLAIN),
    )
    action = forms.CharField(
        max_length=64,
        required=False,
        help_text="An action, or a beginning with *, such as identity.*",
        widget=forms.TextInput(attrs=PLAIN),
    )
    since = forms.DateTimeField(label="From the day", required=False, widget=forms.DateInput(attrs=DAY))
    until = forms.DateTimeField(label="Until before the day", required=False, widget=forms.DateInput(attrs=DAY))

    def terms(self) -> dict[str, Any]:
        """What the hold names. Raises Invalid, after noting each fault at its field."""
        values = self.values()
        return {name: values[name] for name in TERMS if values[name]}
