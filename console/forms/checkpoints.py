"""Checkpoints, and what proves one by another."""

from django import forms

from console.forms.base import Form, ListQuery

SIZE_MAXIMUM = 2**53 - 1


class CheckpointsQuery(ListQuery):
    """Filters of the checkpoints: `q` is how many entries one covers."""

    epoch = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class ConsistencyForm(Form):
    """Two checkpoints, each by the number of entries that it covers."""

    first = forms.IntegerField(
        min_value=1,
        max_value=SIZE_MAXIMUM,
        label="Entries in the older checkpoint",
        help_text="The second line of the signed note.",
    )
    second = forms.IntegerField(min_value=1, max_value=SIZE_MAXIMUM, label="Entries in the newer checkpoint")
