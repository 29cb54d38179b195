"""The trail."""

from typing import ClassVar

from django import forms

from console.forms.base import SHORT, ListQuery


class AuditQuery(ListQuery):
    """Filters of the trail; the days are in UTC and both count."""

    OUTCOMES: ClassVar = [("", "Any outcome"), ("success", "Success"), ("failure", "Failure"), ("denied", "Denied")]
    action = forms.CharField(required=False, max_length=SHORT)
    outcome = forms.ChoiceField(choices=OUTCOMES, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
