"""Shapes of policies."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.access.limits import TEXT_MAX
from identity.api.serializers.fields import Text
from identity.models import PolicyState
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

STATES = [str(state) for state in PolicyState]
TEXT_HELP = "One `forbid` in the Cedar policy language."


class PoliciesQuery(PageQuery):
    """Filters of the list of policies."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name, a description or a text."
    )
    state = serializers.ChoiceField(required=False, default="", choices=STATES, help_text="Only policies in this state.")


class AccessPolicyIn(Shape):
    """A policy to write."""

    name = Text(max_length=50, help_text="a to z, digits and hyphens; cannot be changed later.")
    description = Text(max_length=texts.REASON_MAX, required=False, default="", allow_blank=True)
    text = Text(max_length=TEXT_MAX, trim_whitespace=False, help_text=TEXT_HELP)


class PolicyChangeIn(Shape):
    """What to change of a policy; fields left out stay."""

    description = Text(max_length=texts.REASON_MAX, allow_blank=True)
    text = Text(max_length=TEXT_MAX, trim_whitespace=False, help_text=TEXT_HELP)


class PolicyTextIn(Shape):
    """A text to check."""

    text = Text(max_length=TEXT_MAX, trim_whitespace=False, allow_blank=True, help_text=TEXT_HELP)


class PolicyClockIn(Shape):
    """The clock of the policies."""

    timezone = Text(max_length=64, help_text="A zone of the IANA database, e.g. Europe/Berlin.")


class AccessPolicyOut(serializers.Serializer[Any]):
    """A policy. Only those that are `active` count."""

    id = serializers.CharField(help_text="pol_…")
    name = serializers.CharField()
    description = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PolicyFaultOut(serializers.Serializer[Any]):
    """One thing that is wrong with a text; line and column count from 1."""

    code = serializers.CharField()
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    detail = serializers.CharField()


class CheckedOut(serializers.Serializer[Any]):
    """Whether a text could be a policy. `remarks` are no faults, but likely mistakes."""

    is_valid = serializers.BooleanField()  # type: ignore[assignment]  # a member of the document, not the method
    faults = PolicyFaultOut(many=True)
    remarks = serializers.ListField(child=serializers.CharField())


class TemplateOut(serializers.Serializer[Any]):
    """A policy to start from."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = serializers.CharField()
    text = serializers.CharField()


class WordOut(serializers.Serializer[Any]):
    """One thing that `context` holds."""

    name = serializers.CharField()
    type = serializers.CharField()
    meaning = serializers.CharField()


class PolicyWordsOut(serializers.Serializer[Any]):
    """What policies may be written with: the schema in Cedar's notation, what `context` holds, templates, and the clock."""

    schema = serializers.CharField()
    context = WordOut(many=True)  # type: ignore[assignment]  # as above
    templates = TemplateOut(many=True)
    timezone = serializers.CharField()


class PolicyClockOut(serializers.Serializer[Any]):
    """The clock of the policies."""

    timezone = serializers.CharField()
