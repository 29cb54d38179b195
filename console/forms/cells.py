"""Cells and regions."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
KINDS = [("shared", "Everybody"), ("dedicated", "Tenants that are put there by name or plan")]
Choices = Iterable[tuple[str, str]]


class CellsQuery(ListQuery):
    """Filters of cells."""

    STATES: ClassVar = [("", "Any state"), ("open", "Open"), ("draining", "Draining"), ("closed", "Closed")]
    state = forms.ChoiceField(choices=STATES, required=False)
    region = forms.CharField(required=False, max_length=SHORT)


class ChangedCell(Form):
    """What of a cell can be changed."""

    region = forms.ChoiceField(label="Region")
    kind = forms.ChoiceField(label="For", choices=KINDS)
    capacity = forms.IntegerField(
        label="Capacity", min_value=1, max_value=1_000_000, initial=1000, help_text="How many tenants it may hold; about 1,000."
    )
    url = forms.CharField(
        label="Address",
        max_length=LONG,
        required=False,
        strip=True,
        help_text="Another address of the same database, as postgres://user:password@host:port/name. Left out, it stays.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, regions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"] = forms.ChoiceField(label="Region", choices=list(regions))


class NewCell(ChangedCell):
    """A database that becomes a cell."""

    name = forms.CharField(
        label="Name", max_length=63, help_text="Small letters, digits and hyphens, e.g. eu-1.", widget=forms.TextInput(attrs=PLAIN)
    )
    field_order = ("name", "region", "url", "kind", "capacity")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["url"].help_text = (
            "An empty database, as postgres://user:password@host:port/name; kept sealed and never shown again. "
            "Left out, a new database is made on the embedded server."
        )
        del self.fields["version"]


class Draining(Form):
    """Where the tenants of a cell go."""

    to = forms.ChoiceField(label="Move its tenants", required=False)

    def __init__(self, *args: Any, cells: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not now: only keep new ones out"), ("auto", "To wherever there is room"), *cells]
        self.fields["to"] = forms.ChoiceField(label="Move its tenants", choices=choices, required=False)


class ChangedRegion(Form):
    """What of a region can be changed."""

    label = forms.CharField(label="Label", max_length=120, help_text="As people call it, e.g. Frankfurt.")
    jurisdiction = forms.CharField(
        label="Jurisdiction",
        max_length=40,
        help_text="The law that holds there, e.g. EU. Tenants whose data must stay in it are put nowhere else.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewRegion(ChangedRegion):
    """A region that cells can lie in."""

    code = forms.CharField(
        label="Code", max_length=40, help_text="Small letters, digits and hyphens, e.g. eu.", widget=forms.TextInput(attrs=PLAIN)
    )
    field_order = ("code", "label", "jurisdiction")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
