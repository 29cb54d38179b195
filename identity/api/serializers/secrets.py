"""Shapes of the keys that seal secrets, and of rotations."""

from typing import Any

from rest_framework import serializers

from identity import queries
from kernel.api.views import PageQuery

DATA_KEY_STATES = list(queries.DATA_KEY_STATES)


class DataKeysQuery(PageQuery):
    """Filters of the list of keys."""

    q = serializers.CharField(
        required=False,
        default="",
        max_length=200,
        allow_blank=True,
        help_text="Part of a key's id, or of the name of what wraps it.",
    )
    state = serializers.ChoiceField(required=False, default="", choices=DATA_KEY_STATES, help_text="Only keys in this state.")


class DataKeyOut(serializers.Serializer[Any]):
    """A key of the tenant, without the key itself, which nobody is shown."""

    id = serializers.CharField(help_text="What sealed text names it by.")
    state = serializers.ChoiceField(
        choices=DATA_KEY_STATES, help_text="active: seals; retiring: only opens what is still under it; retired: nothing is."
    )
    provider = serializers.CharField(help_text="Who wraps it: ring, or transit for a key service.")
    wrapped_by = serializers.CharField(help_text="The provider's key that wraps it.")
    values = serializers.IntegerField(help_text="How many values it seals.")
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class SealedPlaceOut(serializers.Serializer[Any]):
    """The sealed values of one table."""

    table = serializers.CharField()
    values = serializers.IntegerField()
    under_other_keys = serializers.IntegerField(help_text="Those that another key seals than the present one.")


class SecretsOut(serializers.Serializer[Any]):
    """What is sealed in the tenant, and under what."""

    key = serializers.CharField(help_text="The key that seals now; empty while nothing was sealed.")
    values = serializers.IntegerField()
    under_other_keys = serializers.IntegerField(help_text="Values that a rotation is still to seal again.")
    under_the_ring = serializers.IntegerField(
        help_text="Those of them that were sealed under the installation's ring, before the tenant had a key."
    )
    places = SealedPlaceOut(many=True)


class RotationOut(serializers.Serializer[Any]):
    """A rotation of the tenant's secrets, and how far it is."""

    operation = serializers.CharField(help_text="op_…")
    state = serializers.CharField(help_text="queued, running, succeeded, failed or cancelled")
    step = serializers.CharField(help_text="What is being done; empty at the end.")
    progress_percent = serializers.IntegerField()
    key = serializers.CharField(help_text="The new key; empty until it is made.")
    resealed = serializers.IntegerField(help_text="Values that are sealed again.")
    closed = serializers.IntegerField(help_text="Values that stay as they are, because they do not open with any key that is left.")
    problem = serializers.CharField(help_text="Why it failed, or what it waits for; empty otherwise.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
