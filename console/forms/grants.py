"""Roles: names and permissions; and the choice of permissions, which keys share."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from console import catalogue
from console.forms.base import LONG, SHORT, Form

EVERYTHING, READ_ONLY, CHOSEN = "everything", "read", "chosen"


@dataclass(frozen=True, slots=True)
class Preset:
    """A ready set of scopes."""

    value: str
    label: str
    help: str


class GrantsForm(Form):
    """Some permissions: one of the presets, or ticked one by one. `given` are those that a thing has already."""

    PRESETS: ClassVar = [
        Preset(READ_ONLY, "Read only", "Sees everything, changes nothing"),
        Preset(EVERYTHING, "Everything", "All that there is, also what comes later"),
        Preset(CHOSEN, "Choose", "One permission at a time"),
    ]
    WILDCARDS: ClassVar[dict[str, list[str]]] = {EVERYTHING: ["*"], READ_ONLY: ["read:*"]}

    preset = forms.ChoiceField(choices=[(preset.value, preset.label) for preset in PRESETS], initial=READ_ONLY)
    scopes = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, given: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = catalogue.resources(given=given)
        self.presets = self.PRESETS
        values = [(choice.value, choice.verb) for resource in self.catalogue for choice in resource.permissions]
        self.fields["scopes"] = forms.MultipleChoiceField(choices=values, required=False)
        held = list(given)
        if held:
            self.initial = {**self.initial, "preset": self._preset_of(held), "scopes": held}

    @property
    def chosen_preset(self) -> str:
        """The preset that is marked."""
        return str(self["preset"].value() or READ_ONLY)

    @property
    def chosen_scopes(self) -> list[str]:
        """The ticked permissions."""
        return list(self["scopes"].value() or [])

    def wanted_scopes(self) -> list[str]:
        """The permissions that the preset stands for, or those that were ticked."""
        chosen: list[str] = self.cleaned_data["scopes"]
        return self.WILDCARDS.get(self.cleaned_data["preset"], chosen)

    def field_of(self, name: str) -> str | None:
        """`permissions` is a role's word for them."""
        return "scopes" if name == "permissions" else super().field_of(name)

    def _preset_of(self, held: list[str]) -> str:
        return next((preset for preset, grants in self.WILDCARDS.items() if grants == held), CHOSEN)


class ChangedRole(GrantsForm):
    """What a role is called, is for and allows, and the version of it that was looked at."""

    label = forms.CharField(label="Name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(
        label="What it is for", max_length=LONG, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewRole(ChangedRole):
    """A role, with the short name that programs use."""

    name = forms.CharField(
        label="Short name",
        max_length=SHORT,
        help_text="For programs: small letters, digits and hyphens. It cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
