"""Shapes of what became of the product's events."""

from typing import Any

from rest_framework import serializers


class TakenEventOut(serializers.Serializer[Any]):
    """One event: the product's own id, the entry, and whether the entry was made now."""

    id = serializers.CharField(allow_blank=True)
    entry = serializers.CharField()
    is_new = serializers.BooleanField()


class TakenOut(serializers.Serializer[Any]):
    """The events of a message, in its order."""

    events = TakenEventOut(many=True)
