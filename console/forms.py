"""Parsing of what people type. Rules live in the actions; what they refuse is shown beside the field that it is about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django import forms

from console import catalogue
from kernel.problems import Invalid, Problem

SHORT, LONG = 200, 500
EVERYTHING, READ_ONLY, CHOSEN = "everything", "read", "chosen"


class Form(forms.Form):
    """A form whose faults may also come from an action."""

    refused_with = 422

    def values(self) -> dict[str, Any]:
        """The values by field. Raises Invalid, after noting each fault at its field."""
        if not self.is_valid():
            raise Invalid("")
        return self.cleaned_data

    def take(self, problem: Problem) -> None:
        """Note what was refused: each fault at its field where there is one, else above the form."""
        self.refused_with = problem.status
        for fault in problem.fields.get("errors", []):
            name = str(fault.get("pointer", "")).strip("/").partition("/")[0]
            self.add_error(self.field_of(name), str(fault["detail"]))
        if problem.detail and not problem.fields.get("errors"):
            self.add_error(None, problem.detail)

    @property
    def answer_status(self) -> int:
        """The status of the page that shows the form: 200 before it was sent."""
        return self.refused_with if self.is_bound else 200

    def field_of(self, name: str) -> str | None:
        """The field that shows a fault of the action's argument `name`; None for above the form."""
        return name if name in self.fields else None


class SignIn(Form):
    """E-mail and password."""

    email = forms.CharField(
        label="E-mail", max_length=LONG, widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(max_length=LONG, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class Acceptance(Form):
    """What an invited person chooses."""

    name = forms.CharField(label="Your name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="New password",
        max_length=LONG,
        strip=False,
        help_text="At least 12 characters. A few unrelated words make a good one.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NewPassword(Form):
    """The present password and the one that replaces it."""

    current = forms.CharField(
        label="Present password",
        max_length=LONG,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    replacement = forms.CharField(
        label="New password",
        max_length=LONG,
        strip=False,
        help_text="At least 12 characters. You are signed out everywhere and sign in with the new one.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def field_of(self, name: str) -> str | None:
        """`password` is the rule's word for the new one."""
        return "replacement" if name == "password" else super().field_of(name)


class RoleLike(Protocol):
    """What a form shows of a role."""

    name: str
    label: str
    description: str


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


class Confirmation(Form):
    """Nothing to fill in: the button is the confirmation."""


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


class NewApiKey(GrantsForm):
    """A key's name, life and scopes."""

    LIVES: ClassVar = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("180", "180 days"), ("365", "1 year")]

    name = forms.CharField(
        max_length=SHORT,
        help_text="Say which program uses it, e.g. “billing sync”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    expires_in_days = forms.TypedChoiceField(label="Ends after", choices=LIVES, coerce=int, initial="90")


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


class ListQuery(Form):
    """What every list takes: words to look for, and the place to go on from."""

    q = forms.CharField(required=False, max_length=SHORT)

    def filters(self) -> dict[str, str]:
        """The filters that can be read, by name; a value that cannot be read filters nothing."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class PeopleQuery(ListQuery):
    """Filters of people."""

    STATUSES: ClassVar = [
        ("", "Any status"),
        ("active", "Active"),
        ("invited", "Invited"),
        ("suspended", "Suspended"),
        ("deactivated", "Deactivated"),
    ]
    status = forms.ChoiceField(choices=STATUSES, required=False)


class ApiKeysQuery(ListQuery):
    """Filters of API keys."""

    STATES: ClassVar = [("", "Any state"), ("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked")]
    state = forms.ChoiceField(choices=STATES, required=False)


class TenantsQuery(ListQuery):
    """Filters of tenants."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("active", "Active"),
        ("provisioning", "Being made"),
        ("suspended", "Suspended"),
        ("failed", "Failed"),
        ("requested", "Requested"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)


class AuditQuery(ListQuery):
    """Filters of the trail; the days are in UTC and both count."""

    OUTCOMES: ClassVar = [("", "Any outcome"), ("success", "Success"), ("failure", "Failure"), ("denied", "Denied")]
    action = forms.CharField(required=False, max_length=SHORT)
    outcome = forms.ChoiceField(choices=OUTCOMES, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)


class TenantNames(Form):
    """Step 1 of making a tenant, and renaming one."""

    name = forms.CharField(
        label="Name",
        max_length=SHORT,
        help_text="As the customer writes it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    slug = forms.CharField(
        label="Slug",
        max_length=SHORT,
        help_text="The first part of the tenant's address: small letters, digits and hyphens.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class TenantOwner(Form):
    """Step 2: who gets the first invitation, and where the data lives."""

    owner_name = forms.CharField(label="Owner's name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    owner_email = forms.CharField(label="Owner's e-mail", max_length=SHORT, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    cell = forms.ChoiceField(label="Cell", required=False, help_text="The database that holds the tenant's schema.")

    def __init__(self, *args: Any, cells: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cell"] = forms.ChoiceField(
            label="Cell",
            choices=[("", "The emptiest one"), *cells],
            required=False,
            help_text="The database that holds the tenant's schema.",
        )


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
