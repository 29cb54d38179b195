"""People."""

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery


class RoleLike(Protocol):
    """What a form shows of a role."""

    name: str
    label: str
    description: str


class Forgetting(Form):
    """The address, typed by a person who means it, and why."""

    reason = forms.CharField(
        max_length=LONG, help_text="Stands in the audit log for good.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.CharField(
        label="Type the person's address to confirm", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_email(self) -> str:
        """The address as it was typed, when it is the person's."""
        typed = str(self.cleaned_data["email"]).strip()
        if typed.casefold() != self.address.casefold():
            raise forms.ValidationError("This is not the person's address. Type it as it stands on their page.")
        return typed


class PersonForm(Form):
    """A name and some of the tenant's roles."""

    name = forms.CharField(label="Name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    roles = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, role_choices: Iterable[RoleLike], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role_choices = list(role_choices)
        names = [(role.name, role.label) for role in self.role_choices]
        self.fields["roles"] = forms.MultipleChoiceField(choices=names, required=False)

    @property
    def chosen_roles(self) -> list[str]:
        """The names of the ticked roles."""
        return list(self["roles"].value() or [])

    def field_of(self, name: str) -> str | None:
        """`role_names` is the action's word for the roles."""
        return "roles" if name in {"roles", "role_names"} else super().field_of(name)


class NewPerson(PersonForm):
    """Who is invited."""

    email = forms.CharField(
        label="E-mail",
        max_length=SHORT,
        help_text="They sign in with it; it cannot be changed later.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class ChangedPerson(PersonForm):
    """What changes, and the version of the person that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class PeopleQuery(ListQuery):
    """Filters of people."""

    STATUSES: ClassVar = [
        ("", "Any status"),
        ("active", "Active"),
        ("invited", "Invited"),
        ("waiting", "Waiting for a seat"),
        ("suspended", "Suspended"),
        ("deactivated", "Deactivated"),
    ]
    status = forms.ChoiceField(choices=STATUSES, required=False)
