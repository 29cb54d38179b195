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
        help_text="A few unrelated words make a good one. You may paste it.",
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
        help_text="A few unrelated words make a good one. You are signed out everywhere else.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def field_of(self, name: str) -> str | None:
        """`password` is the rule's word for the new one."""
        return "replacement" if name == "password" else super().field_of(name)


class Forgotten(Form):
    """Who asks for a link."""

    email = forms.CharField(
        label="E-mail", max_length=LONG, widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class ChosenPassword(Form):
    """The password that replaces a forgotten one."""

    password = forms.CharField(
        label="New password",
        max_length=LONG,
        strip=False,
        help_text="A few unrelated words make a good one. You may paste it.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )


class Visit(Form):
    """Whom somebody of support acts as, for how long, and why."""

    tenant = forms.CharField(
        label="Tenant", max_length=SHORT, help_text="Its slug.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.CharField(label="Person's e-mail", max_length=SHORT, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    minutes = forms.IntegerField(label="Minutes", help_text="1 to 60. The visit ends then by itself.")
    reason = forms.CharField(
        max_length=LONG, help_text="Stands in the tenant's audit log.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
