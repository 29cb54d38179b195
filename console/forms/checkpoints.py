"""Checkpoints."""

from django import forms

from console.forms.base import ListQuery


class CheckpointsQuery(ListQuery):
    """Filters of the checkpoints: `q` is how many entries one covers."""

    epoch = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
