"""Places that wait for a tenant, and the script that they are made from."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from kernel import clock
from tenants.models.cell import Cell


class SpareState(StrEnum):
    """In the making, or ready to be claimed."""

    BUILDING = "building"
    READY = "ready"


class Template(models.Model):
    """The script that makes all tables of a tenant, compiled from a template schema. `state` is the digest of the migrations that it stands for."""

    state = models.CharField(primary_key=True, max_length=64)
    script = models.TextField()
    migrations = models.JSONField(default=list)
    statements = models.PositiveIntegerField()
    compile_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.state


class Spare(models.Model):
    """A complete schema that waits for a tenant. It has the name, the role and the id of the tenant that it will be, so a claim renames nothing."""

    id = models.UUIDField(primary_key=True, editable=False)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="spares")
    schema = models.CharField(max_length=34, unique=True)
    template_state = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default=SpareState.BUILDING.value)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["cell", "state", "template_state"], name="tenants_spares")]

    def __str__(self) -> str:
        return self.schema


class Leftover(models.Model):
    """A schema that no tenant uses any more and that is dropped after a while: the old place of a moved tenant, a purged one, an abandoned spare."""

    schema = models.CharField(max_length=63)
    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="leftovers")
    tenant_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=200)
    drop_after = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("drop_after",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("cell", "schema"), name="tenants_one_leftover")
        ]

    def __str__(self) -> str:
        return self.schema
