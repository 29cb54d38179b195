"""Seats, invitations and files of people."""

from typing import Any, ClassVar

from django import forms

from console.forms.base import LONG, SHORT, Form, ListQuery

KINDS = [
    ("invite", "Invite people"),
    ("change", "Change names, roles and teams"),
    ("suspend", "Suspend people"),
    ("resume", "Resume people"),
    ("deactivate", "Deactivate people"),
]


class SeatsForm(Form):
    """How many seats there are, and what becomes of one person too many."""

    RULES: ClassVar = [
        ("refuse", "Refuse: they are told that no seat is free"),
        ("flag", "Let in and flag: their seat is marked as one too many"),
        ("queue", "Queue: they enter when a seat becomes free"),
    ]
    maximum = forms.IntegerField(
        label="Seats",
        required=False,
        min_value=0,
        help_text="How many people may be active at once. Empty: as many as there are people.",
    )
    rule = forms.ChoiceField(label="One person too many", choices=RULES)
    version = forms.IntegerField(widget=forms.HiddenInput)


class SeatHoldersQuery(ListQuery):
    """Filters of people with seats."""

    STATES: ClassVar = [("", "Any seat"), ("taken", "Has a seat"), ("over", "One too many"), ("waiting", "Waits")]
    state = forms.ChoiceField(choices=STATES, required=False)


class InvitationsQuery(ListQuery):
    """Filters of invitations."""

    STATES: ClassVar = [
        ("", "Any state"),
        ("open", "Open"),
        ("expired", "Expired"),
        ("accepted", "Accepted"),
        ("revoked", "Withdrawn"),
    ]
    state = forms.ChoiceField(choices=STATES, required=False)


class PeopleFile(Form):
    """A file of people and what is done to each of them."""

    kind = forms.ChoiceField(label="What to do", choices=KINDS)
    file = forms.FileField(
        label="CSV file",
        max_length=SHORT,
        help_text="UTF-8, up to 10,000 people and 5 MB; the first line names the columns.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    reason = forms.CharField(
        required=False,
        max_length=LONG,
        help_text="Needed to suspend and deactivate people whose row gives none. Stands in the audit log.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, most_bytes: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_bytes = most_bytes

    def clean_file(self) -> bytes:
        """The content, read no further than it may be long."""
        return bytes(self.cleaned_data["file"].read(self.most_bytes + 1))

    def field_of(self, name: str) -> str | None:
        """Faults of lines are the file's."""
        return "file" if name == "lines" else super().field_of(name)

    @property
    def file_name(self) -> str:
        """What the sent file is called."""
        return str(getattr(self.files.get("file"), "name", ""))


class PeopleRunsQuery(ListQuery):
    """Filters of runs."""

    KINDS: ClassVar = [("", "Any kind"), *KINDS, ("undo", "Taken back")]
    kind = forms.ChoiceField(choices=KINDS, required=False)


class PeopleRowsQuery(ListQuery):
    """Filters of the rows of a run."""

    OUTCOMES: ClassVar = [
        ("", "Any outcome"),
        ("done", "Done"),
        ("unchanged", "So already"),
        ("refused", "Refused"),
        ("skipped", "Skipped"),
        ("waiting", "Waiting"),
    ]
    REHEARSED: ClassVar = [
        ("", "Any outcome"),
        ("done", "Would change"),
        ("unchanged", "So already"),
        ("refused", "Would be refused"),
    ]
    outcome = forms.ChoiceField(choices=OUTCOMES, required=False)
