"""Tenants."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import SHORT, Form, ListQuery


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
