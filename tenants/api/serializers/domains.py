"""Shapes of hosts."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape


class DomainIn(Shape):
    """A host to add."""

    host = serializers.CharField(max_length=300, help_text="A name such as id.example.com; taken into lower case and A-labels.")


class DomainOut(serializers.Serializer[Any]):
    """A host that a tenant answers at."""

    id = serializers.CharField()
    host = serializers.CharField()
    kind = serializers.ChoiceField(choices=("platform", "custom"))
    is_primary = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
