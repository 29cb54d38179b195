"""API keys and networks: names, lives, limits."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery
from console.forms.grants import GrantsForm

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
NETWORKS_HELP = "Where it may be used from: one address or block a line, e.g. 192.0.2.0/24 or 2001:db8::/32. Empty: anywhere."
RATE_HELP = "Requests a second. Empty: no limit of its own."


class BoundedForm(GrantsForm):
    """Scopes, and what bounds a key beside them."""

    networks = forms.CharField(
        max_length=12_000,
        required=False,
        help_text=NETWORKS_HELP,
        widget=forms.Textarea(attrs={"rows": 3, "class": "mono", **PLAIN}),
    )
    rate_per_s = forms.IntegerField(label="Rate", min_value=0, required=False, help_text=RATE_HELP)

    def wanted_networks(self) -> list[str]:
        """The blocks, one a line or between commas."""
        return [word for word in self.cleaned_data["networks"].replace(",", " ").split() if word]

    def wanted_rate(self) -> int:
        """Requests a second, 0 for no limit."""
        return self.cleaned_data["rate_per_s"] or 0


class NewApiKey(BoundedForm):
    """A key's name, owner, life and scopes."""

    LIVES: ClassVar = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("180", "180 days"), ("365", "1 year")]
    KINDS: ClassVar = [("live", "Live"), ("trial", "For trials: begins with fht_, 30 days at most")]

    name = forms.CharField(
        max_length=SHORT,
        help_text="Say which program uses it, e.g. “billing sync”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    owner = forms.ChoiceField(
        required=False,
        choices=[("", "Me")],
        help_text="Whose permissions bound it, and with whom it ends: you, or a service account.",
    )
    kind = forms.ChoiceField(choices=KINDS, initial="live", required=False)
    expires_in_days = forms.TypedChoiceField(label="Ends after", choices=LIVES, coerce=int, initial="90")

    def __init__(self, *args: Any, owners: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"] = forms.ChoiceField(
            required=False, choices=[("", "Me"), *owners], help_text=self.fields["owner"].help_text
        )


class ChangedApiKey(BoundedForm):
    """What a key is called and may do, and the version of it that was looked at."""

    name = forms.CharField(max_length=SHORT, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    requires_signature = forms.BooleanField(
        label="Each request must be signed too", required=False, help_text="Make a signing key first, or the key stops working."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class KeyRotation(Form):
    """How long the present key works on."""

    OVERLAPS: ClassVar = [
        ("0", "It ends at once"),
        ("1", "1 hour"),
        ("24", "1 day"),
        ("72", "3 days"),
        ("168", "7 days"),
        ("720", "30 days"),
    ]

    overlap_hours = forms.TypedChoiceField(label="The present key works on for", choices=OVERLAPS, coerce=int, initial="24")


class LeakedTexts(Form):
    """Keys that were found somewhere."""

    texts = forms.CharField(
        label="Keys",
        max_length=20_000,
        help_text="The whole texts that begin with fh_ or fht_, one a line.",
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", **PLAIN}),
    )
    found_at = forms.CharField(label="Where they were found", max_length=LONG, required=False, widget=forms.TextInput(attrs=PLAIN))


class ApiKeysQuery(ListQuery):
    """Filters of API keys."""

    STATES: ClassVar = [("", "Any state"), ("active", "Active"), ("expired", "Expired"), ("revoked", "Revoked")]
    OWNERS: ClassVar = [("", "Any owner"), ("person", "People"), ("service_account", "Service accounts")]
    state = forms.ChoiceField(choices=STATES, required=False)
    owner_kind = forms.ChoiceField(choices=OWNERS, required=False)
    owner = forms.RegexField("^(usr|svc)_[0-9a-z]{26}$", required=False)


class NetworkForm(Form):
    """A network to allow."""

    cidr = forms.CharField(
        label="Network",
        max_length=60,
        help_text="An address or a block, e.g. 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    role = forms.ChoiceField(label="For", required=False, choices=[("", "Everybody")])
    note = forms.CharField(
        max_length=LONG,
        required=False,
        help_text="What it is, e.g. the office.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, roles: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(
            label="For",
            required=False,
            choices=[("", "Everybody"), *roles],
            help_text="Whoever has several lists must be in all of them.",
        )


class NetworksQuery(ListQuery):
    """Filters of network rules."""

    SCOPES: ClassVar = [("", "Any list"), ("tenant", "Everybody"), ("role", "Of roles")]
    scope = forms.ChoiceField(choices=SCOPES, required=False)
