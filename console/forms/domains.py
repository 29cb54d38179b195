"""Hosts."""

from django import forms

from console.forms.base import Form


class NewDomain(Form):
    """A host to add."""

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
