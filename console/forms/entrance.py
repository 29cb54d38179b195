"""Coming in: signing in, accepting an invitation, another password."""

from django import forms

from console.forms.base import LONG, SHORT, Form


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
