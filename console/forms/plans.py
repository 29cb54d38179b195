"""Plans, and the settings of a plan or a tenant: one field for each setting of the catalogue."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from console.forms.base import Form
from console.forms.cells import KINDS, PLAIN
from tenants import queries
from tenants.queries import Setting, Value

PREFIX = "setting-"


class SettingsForm(Form):
    """A field for each setting; an empty one takes what holds without it. `fallbacks` is what that is, by name."""

    def __init__(
        self, *args: Any, fallbacks: Mapping[str, Value] | None = None, held: Mapping[str, Value] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known = fallbacks or {}
        for setting in queries.settings_catalogue():
            self.fields[PREFIX + setting.name] = _field(setting, fallback=known.get(setting.name, setting.default))
        self.initial = {**self.initial, **{PREFIX + name: _shown(value) for name, value in (held or {}).items()}}

    def wanted_settings(self) -> dict[str, object]:
        """Each setting by name: its value, or None to take what holds without it."""
        typed = {setting: self.cleaned_data[PREFIX + setting.name] for setting in queries.settings_catalogue()}
        return {setting.name: setting.read(str(value)) if value not in {None, ""} else None for setting, value in typed.items()}

    def field_of(self, name: str) -> str | None:
        """The field of a setting."""
        return PREFIX + name if PREFIX + name in self.fields else super().field_of(name)


class ChangedPlan(SettingsForm):
    """What of a plan can be changed."""

    label = forms.CharField(label="Label", max_length=120, help_text="As people call it, e.g. Enterprise.")
    cell_kind = forms.ChoiceField(label="Its tenants go to cells for", choices=KINDS)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewPlan(ChangedPlan):
    """A plan that tenants can be put on."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Small letters, digits and hyphens; cannot be changed later.",
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        self.order_fields(_first(("code", "label", "cell_kind"), self.fields))


def _first(names: Iterable[str], fields: Iterable[str]) -> list[str]:
    wanted = list(names)
    return wanted + [name for name in fields if name not in wanted]


def _field(setting: Setting, *, fallback: Value) -> forms.Field:
    label = setting.name.replace("_", " ").capitalize()
    if setting.type == "boolean":
        choices = [("", f"As without it ({_shown(fallback)})"), ("true", "Yes"), ("false", "No")]
        return forms.ChoiceField(label=label, choices=choices, required=False, help_text=setting.help)
    widget = forms.NumberInput(attrs={"placeholder": str(fallback), "min": setting.minimum, "max": setting.maximum})
    return forms.CharField(label=label, required=False, max_length=12, help_text=setting.help, widget=widget)


def _shown(value: Value) -> str:
    return str(value).lower()
