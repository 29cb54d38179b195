"""Checking the log, and taking evidence along."""

from typing import ClassVar

from django import forms

from console.forms.base import SHORT, Form, ListQuery

PLACE_MAXIMUM = 2**53 - 1
CHECKPOINT_MAXIMUM = 100_000


class VerificationForm(Form):
    """How thorough a check is to be, and what it is compared with."""

    DEPTHS: ClassVar = [
        ("quick", "What came since the last check that found the log sound"),
        ("full", "Everything, from the first entry"),
    ]
    depth = forms.ChoiceField(choices=DEPTHS, required=False, initial="full", widget=forms.RadioSelect, label="What is checked")
    against = forms.CharField(
        required=False, max_length=CHECKPOINT_MAXIMUM, strip=False, label="A checkpoint that you kept",
        help_text="The signed note or a .tlog-proof, as you were given it: the log must still begin with it. May be left empty.",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip

    def kept(self) -> str:
        """What was kept, with the line ends that it was given with: browsers send others."""
        text = self.values()["against"].replace("\r\n", "\n").lstrip("\n")
        return text if not text or text.endswith("\n") else f"{text}\n"


class EvidenceForm(Form):
    """Which entries a bundle is to hold."""

    from_seq = forms.IntegerField(
        required=False, min_value=1, max_value=PLACE_MAXIMUM, label="From number", help_text="Left empty: from the first entry."
    )
    to_seq = forms.IntegerField(
        required=False, min_value=1, max_value=PLACE_MAXIMUM, label="To number", help_text="Left empty: as far as is signed."
    )
    readable = forms.BooleanField(
        required=False, label="Add a readable copy", help_text="With names and addresses in the open. Without it they stay sealed."
    )


class EvidenceQuery(ListQuery):
    """Filters of the list."""

    q = forms.CharField(required=False, max_length=SHORT)
