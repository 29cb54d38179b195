"""Long work."""

from typing import ClassVar

from django import forms

from console.forms.base import ListQuery


class OperationsQuery(ListQuery):
    """Filters of operations."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("queued", "Waiting"),
        ("running", "Running"),
        ("succeeded", "Done"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)
