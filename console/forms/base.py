"""What every form shares, and the forms that belong to no noun. Parsing only: rules live in the actions, whose refusals are shown at their field."""

from typing import Any

from django import forms

from kernel.problems import Invalid, Problem

SHORT, LONG = 200, 500


class Form(forms.Form):
    """A form whose faults may also come from an action."""

    refused_with = 422
    is_nested = False
    """Whether a fault names a place in a map, as `/settings/url`, so that its last part is the field."""

    def values(self) -> dict[str, Any]:
        """The values by field. Raises Invalid, after noting each fault at its field."""
        if not self.is_valid():
            raise Invalid("")
        return self.cleaned_data

    def take(self, problem: Problem) -> None:
        """Note what was refused: each fault at its field where there is one, else above the form."""
        self.refused_with = problem.status
        for fault in problem.fields.get("errors", []):
            parts = str(fault.get("pointer", "")).strip("/").split("/")
            self.add_error(self.field_of(parts[-1 if self.is_nested else 0]), str(fault["detail"]))
        if problem.detail and not problem.fields.get("errors"):
            self.add_error(None, problem.detail)

    @property
    def answer_status(self) -> int:
        """The status of the page that shows the form: 200 before it was sent."""
        return self.refused_with if self.is_bound else 200

    def field_of(self, name: str) -> str | None:
        """The field that shows a fault of the action's argument `name`; None for above the form."""
        return name if name in self.fields else None


class Confirmation(Form):
    """Nothing to fill in: the button is the confirmation."""


class Reason(Form):
    """Why something is done; it stands in the trail."""

    reason = forms.CharField(
        max_length=LONG, help_text="Stands in the audit log.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ShownReason(Form):
    """Why a tenant is shut off: its people read it too."""

    reason = forms.CharField(
        max_length=LONG,
        help_text="The tenant's people see it, and it stands in the audit log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ListQuery(Form):
    """What every list takes: words to look for, and the place to go on from."""

    q = forms.CharField(required=False, max_length=SHORT)

    def filters(self) -> dict[str, str]:
        """The filters that can be read, by name; a value that cannot be read filters nothing."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}
