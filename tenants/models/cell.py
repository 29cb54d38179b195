"""Regions and cells: where tenants live, and under which law."""

from enum import StrEnum

from django.db import models

from kernel import clock


class CellState(StrEnum):
    """Whether a cell takes new tenants (`open`), keeps those it has (`draining`), or has none (`closed`)."""

    OPEN = "open"
    DRAINING = "draining"
    CLOSED = "closed"


class CellKind(StrEnum):
    """For everybody (`shared`), or only for tenants that are put there by name (`dedicated`)."""

    SHARED = "shared"
    DEDICATED = "dedicated"


class Region(models.Model):
    """One or more cells at one place. `jurisdiction` names the law that holds there, e.g. `EU`; residency rules are about it."""

    code = models.CharField(primary_key=True, max_length=40)
    jurisdiction = models.CharField(max_length=40)
    label = models.CharField(max_length=120)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Cell(models.Model):
    """One database that holds tenants' schemas; its name is the alias of its connection.

    `sealed_url` is the address of a cell that was added while the product ran; empty for those that the settings name.
    """

    name = models.CharField(primary_key=True, max_length=63)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="cells", db_column="region")
    kind = models.CharField(max_length=16, default=CellKind.SHARED.value)
    state = models.CharField(max_length=16, default=CellState.OPEN.value)
    capacity = models.PositiveIntegerField(default=1000)
    sealed_url = models.TextField(blank=True, default="")
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
