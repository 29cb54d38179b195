"""Second factors: showing one, adding one, and the rules that ask for them."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery

NAME_MAX, NUMBER_MAX, CREDENTIAL_MAX = 64, 32, 20_000
KINDS = {
    "webauthn": "Passkey or security key",
    "totp": "Authenticator app",
    "sms": "Text message",
    "recovery": "Recovery code",
    "password": "Password",
}
ADDED = [("webauthn", KINDS["webauthn"]), ("totp", KINDS["totp"]), ("sms", KINDS["sms"])]
LEVELS = [
    ("off", "No second factor is asked for"),
    ("any", "Any second factor"),
    ("phishing_resistant", "A passkey or security key, which cannot be phished"),
]


class OnceInput(forms.TextInput):
    """A field for what works once: what was refused is not shown again, for it must be typed anew."""

    def format_value(self, value: Any) -> None:
        """Nothing."""


def code_field(label: str = "Code") -> forms.CharField:
    """A code that an app shows, a message brings, or that was written down; it may be pasted."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
    return forms.CharField(label=label, max_length=NAME_MAX, required=False, widget=OnceInput(attrs=attributes))


class FactorProof(Form):
    """A code, or the answer of a passkey, and whether this browser is to be trusted."""

    code = code_field()
    password = forms.CharField(
        max_length=LONG,
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    credential = forms.CharField(max_length=CREDENTIAL_MAX, required=False, widget=forms.HiddenInput)
    remember = forms.BooleanField(required=False)

    def field_of(self, name: str) -> str | None:
        """What is wrong with a passkey is shown above the form."""
        return None if name == "credential" else super().field_of(name)


class FactorBeginning(Form):
    """What a new factor is called, and the number of a telephone."""

    name = forms.CharField(
        max_length=NAME_MAX, help_text="So that you know it again.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == "sms":
            self.fields["number"] = forms.CharField(
                label="Telephone number",
                max_length=NUMBER_MAX,
                help_text="With + and the country in front, e.g. +49 151 23456789. Messages can be read or redirected by others; a passkey is safer.",
                widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            )


class FactorCompletion(Form):
    """The first code of a new factor, or a new passkey with its name."""

    name = forms.CharField(max_length=NAME_MAX, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    code = code_field()
    credential = forms.CharField(max_length=CREDENTIAL_MAX, required=False, widget=forms.HiddenInput)


class FactorName(Form):
    """Another name for a factor."""

    name = forms.CharField(max_length=NAME_MAX, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class FactorsQuery(ListQuery):
    """Filters of factors."""


class MfaPoliciesQuery(ListQuery):
    """Filters of the rules about second factors."""

    LEVELS: ClassVar = [
        ("", "Any level"),
        ("off", "Nothing"),
        ("any", "Any factor"),
        ("phishing_resistant", "Passkey or security key"),
    ]
    required = forms.ChoiceField(choices=LEVELS, required=False)


class MfaTerms(Form):
    """What a rule asks for."""

    required = forms.ChoiceField(label="Asks for", choices=LEVELS)
    allowed_factors = forms.MultipleChoiceField(
        label="Factors that are taken",
        choices=[(kind, KINDS[kind]) for kind in ("webauthn", "totp", "sms", "recovery")],
        required=False,
    )
    grace_days = forms.IntegerField(
        label="Days of grace",
        min_value=0,
        max_value=90,
        initial=0,
        help_text="For people without a factor, from their next sign-in on.",
    )
    remember_days = forms.IntegerField(
        label="Days that a browser may be trusted",
        min_value=0,
        max_value=90,
        initial=0,
        help_text="0: a factor is asked for at every sign-in.",
    )
    allowed_aaguids = forms.CharField(
        label="Models of authenticators",
        max_length=2_000,
        required=False,
        help_text="AAGUIDs, one a line; empty: all. Their makers must vouch for them.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    trusted_amr = forms.CharField(
        label="Proofs of an identity provider that count",
        max_length=500,
        required=False,
        help_text="Such as mfa, hwk, separated by commas.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def chosen_factors(self) -> list[str]:
        """The ticked kinds."""
        return list(self["allowed_factors"].value() or [])

    @property
    def narrows(self) -> bool:
        """Whether one of the fields that few need has something in it, or a fault."""
        names = ("allowed_aaguids", "trusted_amr")
        return any(self[name].value() or self.errors.get(name) for name in names)

    def terms(self) -> dict[str, Any]:
        """The terms by the names that the action knows. Raises Invalid, after noting each fault at its field."""
        values = self.values()
        return {
            "required": values["required"],
            "allowed_factors": values["allowed_factors"],
            "allowed_aaguids": values["allowed_aaguids"].split(),
            "grace_days": values["grace_days"],
            "remember_days": values["remember_days"],
            "trusted_amr": [one.strip() for one in values["trusted_amr"].split(",") if one.strip()],
        }


class NewMfaPolicy(MfaTerms):
    """A new rule, and whom it is for."""

    applies_to = forms.ChoiceField(
        label="For", choices=[("everybody", "Everybody"), ("role", "A role"), ("team", "A team"), ("person", "A person")]
    )
    named = forms.CharField(
        label="Which",
        max_length=SHORT,
        required=False,
        help_text="The name of the role or team, or the person's address; empty for everybody.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["applies_to", "named"]

    def scope(self) -> dict[str, str]:
        """Whom the rule is for, by the names that the action knows."""
        values = self.values()
        return {} if values["applies_to"] == "everybody" else {values["applies_to"]: values["named"] or "-"}

    def field_of(self, name: str) -> str | None:
        """The action's words for whom it is for are one field here."""
        return "named" if name in {"role", "team", "person"} else super().field_of(name)


def words(kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Kinds of factors with what people call them."""
    return [(kind, KINDS[kind]) for kind in kinds]
