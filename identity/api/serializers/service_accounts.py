"""Shapes of service accounts."""

from typing import Any

from rest_framework import serializers

from identity import texts
from identity.api.serializers.fields import Attributes, Text
from identity.models import Status
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

SERVICE_STATUSES = [str(Status.ACTIVE), str(Status.SUSPENDED), str(Status.DEACTIVATED)]


class ServiceAccountIn(Shape):
    """A service account to make."""

    name = Text(max_length=50, help_text="a to z, digits and hyphens; cannot be changed later.")
    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, required=False, default="", allow_blank=True)


class ServiceAccountChangeIn(Shape):
    """What to change of a service account; fields left out stay."""

    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, allow_blank=True)
    attributes = Attributes()


class ServiceAccountsQuery(PageQuery):
    """Filters of the list of service accounts."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or a label.")
    status = serializers.ChoiceField(
        required=False, default="", choices=SERVICE_STATUSES, help_text="Only accounts with this status."
    )


class ServiceAccountOut(serializers.Serializer[Any]):
    """A service account."""

    id = serializers.CharField(help_text="svc_…")
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    description = serializers.CharField()
    attributes = serializers.DictField(child=serializers.CharField(), help_text="What policies may ask for.")
    status = serializers.ChoiceField(choices=SERVICE_STATUSES)
    status_reason = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField(), help_text="Roles given to it by name; its teams may give more.")
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ServiceAccountsPage(serializers.Serializer[Any]):
    """A page of service accounts."""

    data = ServiceAccountOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)
