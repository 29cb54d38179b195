"""Shapes of persons in the trail."""

from typing import Any

from rest_framework import serializers

from audit.queries import PersonInTrail
from kernel.api.parsing import Shape


class ForgettingQuery(Shape):
    """Why a person is forgotten."""

    reason = serializers.CharField(max_length=500, help_text="Why, e.g. the number of the request; it stays in the trail.")


class PersonInTrailOut(serializers.Serializer[Any]):
    """What the trail has of one person, by the id that entries call them."""

    ref = serializers.CharField()
    as_actor = serializers.IntegerField(help_text="Entries of what they did.")
    as_subject = serializers.IntegerField(help_text="Entries about them.")
    entries = serializers.IntegerField(help_text="Entries that are one of these or both.")
    is_forgotten = serializers.BooleanField()


def person_in_trail_out(person: PersonInTrail) -> dict[str, Any]:
    """The shape of what the trail has of one person."""
    return {
        "ref": person.ref,
        "as_actor": person.as_actor,
        "as_subject": person.as_subject,
        "entries": person.entries,
        "is_forgotten": person.is_forgotten,
    }
