"""Shapes of seats."""

from typing import Any

from rest_framework import serializers

from identity import queries
from identity.api.serializers.fields import Text, Whole
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

SEAT_RULES, SEAT_STATES = queries.SEAT_RULES, queries.SEAT_STATES


class SeatsIn(Shape):
    """How many seats there are, and what becomes of one person too many."""

    maximum = Whole(allow_null=True, min_value=0, help_text="How many people may be active at once; null: any number.")
    rule = Text(max_length=8, help_text="refuse, flag or queue")


class SeatHoldersQuery(PageQuery):
    """Filters of the list of people with seats."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )
    state = serializers.ChoiceField(
        required=False,
        default="",
        choices=SEAT_STATES,
        help_text="Only seats that are taken, that are too many, or people who wait.",
    )


class SeatsOut(serializers.Serializer[Any]):
    """The seats of the tenant."""

    maximum = serializers.IntegerField(allow_null=True)
    rule = serializers.ChoiceField(choices=SEAT_RULES)
    taken = serializers.IntegerField(help_text="People who have a seat.")
    over = serializers.IntegerField(help_text="Those of them who are too many.")
    waiting = serializers.IntegerField(help_text="People who wait for a seat.")
    changed_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class SeatHolderOut(serializers.Serializer[Any]):
    """A person who has a seat or waits for one."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=SEAT_STATES)
    since = serializers.DateTimeField(help_text="Since when they have the seat, or wait.")
