"""The actions of the vendor's product."""

from typing import Any

import orjson
from django import forms

from console.forms.base import Form
from console.forms.cells import PLAIN
from kernel.events import CATEGORIES

EXAMPLE = '{"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]}'
SEVERITIES = ((1, "Informational"), (2, "Low"), (3, "Medium"), (4, "High"), (5, "Critical"))


class NewProductAction(Form):
    """An action to register, or the next version of one."""

    name = forms.CharField(
        label="Name",
        max_length=64,
        help_text="Two to five words joined by points, e.g. invoice.paid. A name that is there gets its next version.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    title = forms.CharField(label="Title", max_length=120, required=False, help_text="As people call it, e.g. An invoice was paid.")
    category = forms.ChoiceField(label="Category", choices=[(name, name.title()) for name in CATEGORIES], initial="product")
    severity = forms.TypedChoiceField(label="Severity", choices=SEVERITIES, coerce=int, initial=1)
    schema = forms.CharField(
        label="Schema of the details",
        max_length=20_000,
        initial=EXAMPLE,
        help_text="JSON Schema (2020-12): an object. Events that do not fit are refused.",
        widget=forms.Textarea(attrs={**PLAIN, "rows": 10, "class": "mono"}),
    )
    personal = forms.CharField(
        label="Personal fields",
        max_length=1_000,
        required=False,
        help_text="Names of fields of the schema that are about a person, separated by commas. They are kept sealed.",
        widget=forms.TextInput(attrs=PLAIN),
    )

    def clean_schema(self) -> Any:
        """The schema as an object."""
        try:
            return orjson.loads(self.cleaned_data["schema"])
        except ValueError as fault:
            raise forms.ValidationError(f"This is not JSON: {fault}.") from fault

    def clean_personal(self) -> list[str]:
        """The names, one by one."""
        return [name for part in self.cleaned_data["personal"].split(",") if (name := part.strip())]
