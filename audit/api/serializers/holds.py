"""Shapes of legal holds."""

from typing import Any

from rest_framework import serializers

from audit.queries import HOLD_STATES
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery


class HoldsQuery(PageQuery):
    """The parameters of the list of holds."""

    q = serializers.CharField(max_length=80, default="", required=False, allow_blank=True, help_text="Part of a name or a matter.")
    state = serializers.ChoiceField(choices=HOLD_STATES, default="", required=False, allow_blank=True)


class TermsIn(Shape):
    """Which entries are held; what is left out means any."""

    actor = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="Id of who acted.")
    subject = serializers.CharField(max_length=80, required=False, allow_blank=True, help_text="Id of what they are about.")
    action = serializers.CharField(max_length=64, required=False, allow_blank=True, help_text="An action, or a beginning with `*`.")
    since = serializers.DateTimeField(required=False, allow_null=True, help_text="Received at this moment or later.")
    until = serializers.DateTimeField(required=False, allow_null=True, help_text="Received before this moment.")


class HoldIn(Shape):
    """A hold to place."""

    name = serializers.CharField(max_length=120)
    matter = serializers.CharField(max_length=80, default="", required=False, allow_blank=True, help_text="The number of the case.")
    reason = serializers.CharField(max_length=1000)
    terms = TermsIn()


class LiftIn(Shape):
    """Why a hold shall end."""

    reason = serializers.CharField(max_length=1000)


class TermsOut(serializers.Serializer[Any]):
    """Which entries are held; empty means any."""

    actor = serializers.CharField()
    subject = serializers.CharField()
    action = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


class OwnerOut(serializers.Serializer[Any]):
    """Who placed a hold."""

    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of the document, not the name of the field


class HoldOut(serializers.Serializer[Any]):
    """A legal hold. `lift_asked_by` and `lifted_by` are the two people that lifting takes."""

    id = serializers.CharField()
    name = serializers.CharField()
    matter = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=HOLD_STATES)
    terms = TermsOut()
    owner = OwnerOut()
    placed_at = serializers.DateTimeField()
    lift_asked_by = serializers.CharField()
    lift_asked_at = serializers.DateTimeField(allow_null=True)
    lift_reason = serializers.CharField()
    lifted_by = serializers.CharField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
