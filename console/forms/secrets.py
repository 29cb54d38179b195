"""What the list of keys that seal is asked for."""

from typing import ClassVar

from django import forms

from console.forms.base import ListQuery


class DataKeysQuery(ListQuery):
    """A search for keys, and their state."""

    STATES: ClassVar = [("", "Any state"), ("active", "Active"), ("retiring", "Retiring"), ("retired", "Retired")]
    state = forms.ChoiceField(choices=STATES, required=False)
