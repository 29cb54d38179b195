"""Shapes of cells."""

from typing import Any

from rest_framework import serializers


class CellOut(serializers.Serializer[Any]):
    """A place for tenants."""

    name = serializers.CharField()
    region = serializers.CharField()
    state = serializers.ChoiceField(choices=("open", "draining", "closed"))
    capacity = serializers.IntegerField()
    tenant_count = serializers.IntegerField()
