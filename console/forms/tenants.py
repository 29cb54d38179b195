"""Tenants."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery
from console.forms.cells import PLAIN
from console.forms.plans import SettingsForm
from tenants.actions import BULK_PERMISSIONS, BULK_WITH_REASON, BulkAction

Choices = Iterable[tuple[str, str]]
BULK_ACTIONS = [
    (BulkAction.SUSPEND.value, "Suspend…", BULK_PERMISSIONS[BulkAction.SUSPEND]),
    (BulkAction.RESUME.value, "Resume…", BULK_PERMISSIONS[BulkAction.RESUME]),
    (BulkAction.ARCHIVE.value, "Archive…", BULK_PERMISSIONS[BulkAction.ARCHIVE]),
    (BulkAction.DELETE.value, "Delete…", BULK_PERMISSIONS[BulkAction.DELETE]),
    (BulkAction.UNDELETE.value, "Undo deletion…", BULK_PERMISSIONS[BulkAction.UNDELETE]),
]


class TenantsQuery(ListQuery):
    """Filters of tenants."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("active", "Active"),
        ("provisioning,requested", "Being made"),
        ("suspended", "Suspended"),
        ("moving", "Moving"),
        ("archived", "Archived"),
        ("deleting", "Being deleted"),
        ("failed", "Failed"),
        ("purged", "Erased"),
    ]
    state = forms.ChoiceField(choices=[*STATES, ("requested", ""), ("provisioning", "")], required=False)
    cell = forms.CharField(required=False, max_length=SHORT)
    plan = forms.CharField(required=False, max_length=SHORT)


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
        widget=forms.TextInput(attrs=PLAIN),
    )


class TenantOwner(Form):
    """Step 2: who gets the first invitation, what kind of customer it is, and where the data lives."""

    owner_name = forms.CharField(label="Owner's name", max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    owner_email = forms.CharField(label="Owner's e-mail", max_length=SHORT, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    plan = forms.ChoiceField(label="Plan", required=False)
    residency = forms.ChoiceField(label="Where the data must stay", required=False)
    cell = forms.ChoiceField(label="Cell", required=False)

    def __init__(self, *args: Any, cells: Choices, plans: Choices = (), jurisdictions: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"] = forms.ChoiceField(label="Plan", choices=[("", "No plan"), *plans], required=False)
        self.fields["residency"] = forms.ChoiceField(
            label="Where the data must stay",
            choices=[("", "Anywhere"), *jurisdictions],
            required=False,
            help_text="Schema, backups and moves are held to this jurisdiction.",
        )
        self.fields["cell"] = forms.ChoiceField(
            label="Cell",
            choices=[("", "The emptiest that fits"), *cells],
            required=False,
            help_text="The database that holds the tenant's schema.",
        )


class TenantSettings(SettingsForm):
    """The tenant's own settings."""


class TenantPlan(Form):
    """The plan that a tenant is on."""

    plan = forms.ChoiceField(label="Plan", required=False)

    def __init__(self, *args: Any, plans: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"] = forms.ChoiceField(label="Plan", choices=list(plans), required=False)


class TenantResidency(Form):
    """Where a tenant's data must stay."""

    jurisdiction = forms.CharField(
        label="Jurisdiction",
        max_length=40,
        required=False,
        help_text="For example EU. Empty: anywhere.",
        widget=forms.TextInput(attrs=PLAIN),
    )


class Destination(Form):
    """The cell that a tenant goes to."""

    cell = forms.ChoiceField(label="To the cell")

    def __init__(self, *args: Any, cells: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cell"] = forms.ChoiceField(label="To the cell", choices=list(cells))


class PossibleDestination(Destination):
    """The same, or wherever there is room."""

    def __init__(self, *args: Any, cells: Choices, **kwargs: Any) -> None:
        super().__init__(*args, cells=cells, **kwargs)
        choices = [("", "The emptiest that fits"), *cells]
        self.fields["cell"] = forms.ChoiceField(label="Into the cell", choices=choices, required=False)


class Deletion(Form):
    """The slug, typed by a person who means it, and why."""

    reason = forms.CharField(
        max_length=LONG, help_text="Stands in the audit log.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    slug = forms.CharField(label="Type the slug to confirm", max_length=SHORT, widget=forms.TextInput(attrs=PLAIN))


class BulkChange(Form):
    """What is done with many tenants: the reason where one is asked for, and for a deletion how many they are."""

    reason = forms.CharField(
        max_length=LONG,
        help_text="The tenants' people see it, and it stands in the audit log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    confirm = forms.CharField(label="Type how many to confirm", max_length=4, widget=forms.TextInput(attrs=PLAIN))

    def __init__(self, *args: Any, action: BulkAction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if action not in BULK_WITH_REASON:
            del self.fields["reason"]
        if action is not BulkAction.DELETE:
            del self.fields["confirm"]
