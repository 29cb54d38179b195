"""Shapes of saved views."""

from typing import Any

from rest_framework import serializers

from audit.actions import OWN, SHARED
from audit.api.serializers.trail import FiltersIn
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

AUDIENCES = [OWN, SHARED]


class ViewsQuery(PageQuery):
    """Filter of the list."""

    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=80, help_text="Part of the name.")


class ViewIn(Shape):
    """A saved view to be kept, or what is to be changed about one."""

    name = serializers.CharField(max_length=80)
    filters = FiltersIn(help_text="As the list of entries takes them; moments as RFC 3339 text.")
    audience = serializers.ChoiceField(
        choices=AUDIENCES, required=False, default=OWN, help_text="`own`, or `shared` with everybody who may read the trail."
    )


class ViewOut(serializers.Serializer[Any]):
    """Filters of the list of entries under a name."""

    id = serializers.CharField()
    name = serializers.CharField()
    filters = serializers.DictField(help_text="Those that are set.")
    audience = serializers.ChoiceField(choices=AUDIENCES)
    is_mine = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()
