"""Shapes of regions, cells, and of where a tenant is."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.models import CellKind, CellState

KINDS = tuple(kind.value for kind in CellKind)
STATES = tuple(state.value for state in CellState)
CAPACITY_HELP = "How many tenants it may hold, 1 to 10,000."
URL_HELP = "postgres://user:password@db.internal:5432/name. Kept sealed and never shown again."


class CellQuery(PageQuery):
    """The filters of the list of cells."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a name, a region or a jurisdiction."
    )
    state = serializers.ChoiceField(choices=STATES, default="", required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS, default="", required=False, allow_blank=True)
    region = serializers.CharField(max_length=40, default="", required=False, allow_blank=True)


class CellIn(Shape):
    """A cell to add."""

    name = serializers.CharField(max_length=63, help_text="1 to 40 of a to z, 0 to 9 and single hyphens, a letter first.")
    region = serializers.CharField(max_length=40, help_text="The code of a region.")
    url = serializers.CharField(
        max_length=2000,
        default="",
        required=False,
        allow_blank=True,
        help_text=f"{URL_HELP} Left out, a database is made on the embedded server.",
    )
    capacity = serializers.IntegerField(default=1000, required=False, help_text=CAPACITY_HELP)
    kind = serializers.ChoiceField(choices=KINDS, default=CellKind.SHARED.value, required=False)


class CellChange(Shape):
    """What of a cell can be changed."""

    capacity = serializers.IntegerField(required=False, help_text=CAPACITY_HELP)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    region = serializers.CharField(max_length=40, required=False)
    url = serializers.CharField(max_length=2000, required=False, help_text=f"The same cell's new address. {URL_HELP}")


class DrainingIn(Shape):
    """Where the tenants of a cell go."""

    to = serializers.CharField(
        max_length=63,
        default="",
        required=False,
        allow_blank=True,
        help_text="A cell, or `auto` for wherever there is room. Left out, those that are there stay.",
    )


class CellOut(serializers.Serializer[Any]):
    """A place for tenants."""

    name = serializers.CharField()
    region = serializers.CharField()
    jurisdiction = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    capacity = serializers.IntegerField()
    tenant_count = serializers.IntegerField(help_text="Tenants that have their place here.")
    spare_count = serializers.IntegerField(help_text="Places that wait for a tenant.")
    leftover_count = serializers.IntegerField(help_text="Old places that are dropped after a while.")
    is_in_settings = serializers.BooleanField(help_text="Whether CELL_DATABASE_URLS names it.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DrainedOut(CellOut):
    """A cell that takes no new tenants."""

    operation = serializers.CharField(allow_null=True, help_text="The operation that moves its tenants away, if any.")


class RegionQuery(PageQuery):
    """The filters of the list of regions."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a code, a label or a jurisdiction."
    )


class RegionIn(Shape):
    """A region to add."""

    code = serializers.CharField(max_length=63, help_text="1 to 40 of a to z, 0 to 9 and single hyphens, a letter first.")
    jurisdiction = serializers.CharField(max_length=63, help_text="The law that holds there, such as EU.")
    label = serializers.CharField(max_length=200, help_text="The region's name for people.")  # type: ignore[assignment]  # a name of DRF


class RegionChange(Shape):
    """What of a region can be changed."""

    jurisdiction = serializers.CharField(max_length=63, required=False)
    label = serializers.CharField(max_length=200, required=False)  # type: ignore[assignment]  # a name of DRF


class RegionOut(serializers.Serializer[Any]):
    """A place on earth with a law of its own."""

    code = serializers.CharField()
    jurisdiction = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a name of DRF
    cell_count = serializers.IntegerField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class ResidencyIn(Shape):
    """Where a tenant's data must stay."""

    jurisdiction = serializers.CharField(max_length=63, help_text="The jurisdiction of some region, such as EU.")


class ProbeOut(serializers.Serializer[Any]):
    """One thing that was looked at."""

    check = serializers.CharField()
    level = serializers.ChoiceField(choices=("ok", "warn", "fail"))
    detail = serializers.CharField()
    fix = serializers.CharField()


class CellCheckOut(serializers.Serializer[Any]):
    """How a cell is now."""

    cell = serializers.CharField()
    level = serializers.ChoiceField(choices=("ok", "warn", "fail"), help_text="The gravest of the findings.")
    findings = ProbeOut(many=True)
    asked_at = serializers.DateTimeField()


class CellCapacityOut(serializers.Serializer[Any]):
    """How full a cell is, measured now."""

    cell = serializers.CharField()
    capacity = serializers.IntegerField()
    tenant_count = serializers.IntegerField()
    spare_count = serializers.IntegerField()
    full_percent = serializers.FloatField()
    database_bytes = serializers.IntegerField()
    catalog_bytes = serializers.IntegerField(help_text="Tables and indexes of pg_catalog.")
    relation_count = serializers.IntegerField(help_text="Rows of pg_class.")
    bytes_per_tenant = serializers.IntegerField(allow_null=True)
    connections = serializers.IntegerField()
    max_connections = serializers.IntegerField()
    backend_bytes = serializers.IntegerField(help_text="Private memory that one connection may grow to before it is replaced.")
    memory_bytes = serializers.IntegerField(help_text="The same for all connections that this installation may keep to the cell.")
    asked_at = serializers.DateTimeField()


class PlaceOut(serializers.Serializer[Any]):
    """One place where rows or copies of a tenant lie, or where somebody looked."""

    kind = serializers.ChoiceField(
        choices=("schema", "backup", "leftover", "stray", "spare", "registry", "registry-copy", "redis", "operation")
    )
    where = serializers.CharField()
    region = serializers.CharField()
    jurisdiction = serializers.CharField()
    state = serializers.ChoiceField(choices=("ok", "violates residency", "not asked"))
    evidence = serializers.DictField()


class WhereaboutsOut(serializers.Serializer[Any]):
    """Where a tenant is, with evidence gathered now."""

    tenant = serializers.CharField()
    slug = serializers.CharField()
    residency = serializers.CharField()
    state = serializers.ChoiceField(choices=("ok", "violates residency"))
    is_complete = serializers.BooleanField(help_text="Whether every place could be asked.")
    places = PlaceOut(many=True)
    asked_at = serializers.DateTimeField()
