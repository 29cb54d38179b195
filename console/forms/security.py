"""The limits of security, and the accounts that are kept for emergencies."""

from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form
from identity import queries

SWITCHES = [("yes", "Yes"), ("no", "No")]


def _number(label: str, words: str, *, of: str = "") -> forms.IntegerField:
    """A number as the rule counts it; with the name of a figure, the words begin with its range."""
    span = queries.SECURITY_FIGURES.get(of)
    told = f"{span.least:,} to {span.most:,}{words}" if span else words
    return forms.IntegerField(label=label, required=False, help_text=f"{told} Empty: as the operator says.")


def _span(label: str, *, of: str) -> forms.IntegerField:
    """A length in minutes; the rule counts seconds, so what is wrong is said here, in the words of the field."""
    span = queries.SECURITY_FIGURES[of]
    least, most = span.least // 60, span.most // 60
    fault = f"Give whole minutes from {least:,} to {most:,}, or nothing."
    return forms.IntegerField(
        label=label, required=False, min_value=least, max_value=most,
        help_text=f"{least:,} to {most:,}. Empty: as the operator says.",
        error_messages={"min_value": fault, "max_value": fault, "invalid": fault},
    )  # fmt: skip


def _switch(label: str, words: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=SWITCHES, help_text=words, widget=forms.Select(attrs={"class": "control"}))


def _minutes(seconds: int | None) -> int | None:
    """Seconds as the form shows them: whole minutes, a rest cut off."""
    return None if seconds is None else seconds // 60


class SecurityLimits(Form):
    """The tenant's own limits; an empty number follows the operator's. People think in minutes, the product counts seconds."""

    MINUTES: ClassVar = ("session_idle_s", "session_absolute_s", "step_up_s")
    YES_OR_NO: ClassVar = ("password_may_reset", "support_may_enter")

    session_idle_s = _span("Sign out after this many minutes without use", of="session_idle_s")
    session_absolute_s = _span("Sign out after this many minutes in any case", of="session_absolute_s")
    sessions_maximum = _number("Sessions of one person at once", ". One more ends the oldest.", of="sessions_maximum")
    step_up_s = _span("Minutes after which sensitive acts ask for a proof again", of="step_up_s")
    password_minimum = _number("Shortest password, in characters", ".", of="password_minimum")
    password_may_reset = _switch(
        "May people choose another password by mail?", "They get a link. A second factor is asked for all the same."
    )
    inactive_days = _number("Suspend people after this many days without a sign-in", "; 0 for never.", of="inactive_days")
    key_days_maximum = _number("Longest life of an API key, in days", "From 1 on.")
    support_may_enter = _switch(
        "May the operator's support act as your people?", "With a reason, for an hour at most, and told of in your audit log."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """What the form shows of the tenant's own figures."""
        shown: dict[str, Any] = {name: getattr(row, name, None) for name in cls.base_fields}
        shown |= {name: _minutes(shown[name]) for name in cls.MINUTES}
        return shown | {name: "yes" if shown[name] else "no" for name in cls.YES_OR_NO}

    def changes(self) -> dict[str, Any]:
        """The figures as the action takes them. Raises Invalid."""
        given = {name: value for name, value in self.values().items() if name != "version"}
        given |= {name: None if given[name] is None else given[name] * 60 for name in self.MINUTES}
        return given | {name: given[name] == "yes" for name in self.YES_OR_NO}


class BreakGlassAccount(Form):
    """Which account is kept for emergencies."""

    email = forms.CharField(
        label="E-mail of the account",
        max_length=SHORT,
        help_text="It needs a passkey or hardware key already.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class Arming(Form):
    """For how long an account is armed, and why."""

    hours = forms.IntegerField(label="Hours", help_text="1 to 24.")
    reason = forms.CharField(
        max_length=LONG, help_text="Stands in the audit log.", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
