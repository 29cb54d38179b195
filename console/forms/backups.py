"""Copies of tenants."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import SHORT, Form, ListQuery
from console.forms.cells import PLAIN


class BackupsQuery(ListQuery):
    """Filters of copies."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("ready", "Ready"),
        ("writing", "Being written"),
        ("failed", "Failed"),
        ("removed", "Removed"),
    ]
    KINDS: ClassVar = [
        ("", "Any kind"),
        ("scheduled", "By timetable"),
        ("manual", "By hand"),
        ("archive", "Before archiving"),
        ("final", "Before erasure"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)
    kind = forms.ChoiceField(choices=KINDS, required=False)


class RestoredTenant(Form):
    """What a tenant that is made from a copy is called, and where it lives."""

    name = forms.CharField(label="Name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    slug = forms.CharField(label="Slug", max_length=SHORT, widget=forms.TextInput(attrs=PLAIN))
    cell = forms.ChoiceField(label="Cell", required=False)

    def __init__(self, *args: Any, cells: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cell"] = forms.ChoiceField(label="Cell", choices=[("", "The emptiest that fits"), *cells], required=False)


class TypedSlug(Form):
    """The slug, typed by a person who means it."""

    slug = forms.CharField(label="Type the slug to confirm", max_length=SHORT, widget=forms.TextInput(attrs=PLAIN))
