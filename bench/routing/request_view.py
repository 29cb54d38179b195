"""The whole path before an action: host, tenant, actor by API key, access, idempotency, parse; then no action at all."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from identity.permissions import Permission
from kernel.api import parsing, views
from kernel.api.access import Declaration


class MeasuredIn(parsing.Shape):
    """A small body of usual fields."""

    name = serializers.CharField(max_length=200)
    email = serializers.EmailField()
    note = serializers.CharField(max_length=500, required=False, default="")


class Measured(views.View):
    """Answers what it parsed, having called nothing."""

    access: ClassVar[Declaration] = {"POST": Permission.READ_PEOPLE}

    def post(self, _request: Request) -> HttpResponse:
        """Parse, and stop where an action would begin."""
        given = self.parse(MeasuredIn)
        return self.answer({"name": given["name"]})
