"""Policies, questions about access, and roles that are given until a moment."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms

from console import catalogue
from console.forms.base import LONG, SHORT, Form, ListQuery
from identity import queries

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
TEXT_MAX = 4_000
LONGEST_DAYS = 3_650


class AccessPoliciesQuery(ListQuery):
    """Filters of policies."""

    STATES: ClassVar = [("", "Any state"), ("active", "In force"), ("draft", "Drafts"), ("disabled", "Disabled")]
    state = forms.ChoiceField(choices=STATES, required=False)


class AccessPolicy(Form):
    """The text of a policy, what it is for, and the version of it that was looked at."""

    description = forms.CharField(
        label="What it is for", max_length=LONG, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = forms.CharField(
        label="Policy",
        max_length=TEXT_MAX,
        strip=False,
        help_text="One “forbid” in the Cedar policy language.",
        widget=forms.Textarea(attrs={"rows": 14, "class": "mono", **PLAIN}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_text(self) -> str:
        """Browsers send CR LF; places in the text are counted with LF."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class NewAccessPolicy(AccessPolicy):
    """A policy, with its name."""

    name = forms.CharField(
        max_length=50,
        help_text="Small letters, digits and hyphens. It cannot be changed later.",
        widget=forms.TextInput(attrs=PLAIN),
    )


class SeenPolicy(Form):
    """The version of a policy that was looked at before it is put into force."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class PolicyClock(Form):
    """The time zone by which policies read hours and days."""

    timezone = forms.ChoiceField(label="Time zone", help_text="Policies read hours and days by it; nobody's own zone counts.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        present = str(self.initial.get("timezone", queries.POLICY_ZONE_DEFAULT))
        self.fields["timezone"] = forms.ChoiceField(
            label="Time zone",
            choices=[(zone, zone) for zone in dict.fromkeys([queries.POLICY_ZONE_DEFAULT, present, *zones])],
            help_text="Policies read hours and days by it; nobody's own zone counts.",
        )


class Simulation(Form):
    """A question: would this caller be allowed to do this, and why?"""

    MFA: ClassVar = [("", "No second factor"), ("0", "Given just now"), ("3600", "Given an hour ago"), ("86400", "Given a day ago")]
    METHODS: ClassVar = [
        ("", "With a password, a key by itself"),
        ("passkey", "With a passkey"),
        ("break_glass", "As a break-glass account"),
        ("signature", "With a signed request"),
        ("api_key_and_signature", "With a key and a signed request"),
    ]

    principal = forms.CharField(
        label="Who",
        max_length=254,
        help_text="The address of a person, the name of a service account, or an id: usr_…, svc_… or key_….",
        widget=forms.TextInput(attrs=PLAIN),
    )
    permission = forms.ChoiceField(label="Would like to")
    at = forms.DateTimeField(
        label="When",
        required=False,
        help_text="In UTC; empty for now.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    address = forms.GenericIPAddressField(
        label="From the address", required=False, help_text="Empty for your own.", widget=forms.TextInput(attrs=PLAIN)
    )
    mfa_age_s = forms.ChoiceField(label="Second factor", choices=MFA, required=False)
    method = forms.ChoiceField(label="How they prove who they are", choices=METHODS, required=False)
    policy = forms.ChoiceField(label="As if in force", required=False, help_text="Count a draft as if it were in force.")
    is_support = forms.BooleanField(label="Somebody of support acts in their name", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permission"] = forms.ChoiceField(label="Would like to", choices=catalogue.choices(queries.permissions()))
        drafts = queries.policies().exclude(state="active").order_by("name")
        choices = [("", "Only what is in force"), *((draft.public_id, draft.name) for draft in drafts)]
        self.fields["policy"] = forms.ChoiceField(
            label="As if in force", choices=choices, required=False, help_text="Count a draft as if it were in force."
        )

    def circumstances(self) -> queries.Circumstances:
        """What to suppose. Raises Invalid, after noting each fault at its field."""
        values = self.values()
        moment: datetime | None = values["at"]
        return queries.Circumstances(
            moment=None if moment is None else moment.replace(tzinfo=UTC),
            address=values["address"] or None,
            mfa_age_s=int(values["mfa_age_s"]) if values["mfa_age_s"] else None,
            method=values["method"],
            is_support=values["is_support"],
        )


class AccessHoldersQuery(ListQuery):
    """Who may do something."""

    permission = forms.CharField(required=False, max_length=SHORT)


class RoleGrant(Form):
    """A role to give, for good or for some days."""

    role = forms.ChoiceField(label="Role")
    days = forms.IntegerField(label="For days", min_value=1, max_value=LONGEST_DAYS, required=False, help_text="Empty: for good.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role.public_id, role.label) for role in queries.roles().order_by("label")]
        self.fields["role"] = forms.ChoiceField(label="Role", choices=roles)

    def field_of(self, name: str) -> str | None:
        """The end of a binding is typed as a number of days."""
        return "days" if name == "expires_at" else super().field_of(name)


class HolderGrant(Form):
    """Somebody to give a role to, for good or for some days."""

    holder = forms.CharField(
        label="To whom",
        max_length=254,
        help_text="The address of a person, the name of a team or a service account, or an id: usr_…, tem_… or svc_….",
        widget=forms.TextInput(attrs=PLAIN),
    )
    days = forms.IntegerField(label="For days", min_value=1, max_value=LONGEST_DAYS, required=False, help_text="Empty: for good.")

    def field_of(self, name: str) -> str | None:
        """The end of a binding is typed as a number of days."""
        return "days" if name == "expires_at" else super().field_of(name)


def until(days: int | None, *, now: datetime) -> datetime | None:
    """The moment that many days ahead; None for good."""
    return None if days is None else now + timedelta(days=days)
