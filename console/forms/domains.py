"""Hosts."""

from typing import ClassVar

from django import forms

from console.forms.base import Form, ListQuery


class DomainsQuery(ListQuery):
    """Filters of hosts."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("active", "Active"),
        ("claimed", "Waiting for proof"),
        ("lapsed", "Proof lapsed"),
        ("released", "Given back"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)


class NewDomain(Form):
    """A host to claim."""

    host = forms.CharField(
        max_length=300,
        widget=forms.TextInput(
            attrs={
                "class": "control",
                "placeholder": "id.example.com",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
