"""The ledger of fleet migrations: which tenant was brought to which state, in which run, how long it took."""

from enum import StrEnum
from typing import ClassVar

from django.db import models

from kernel import clock, ids


class RunState(StrEnum):
    """At work, stopped between two rings, over."""

    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ResultState(StrEnum):
    """Not begun, done, or refused by the database."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class FleetRun(models.Model):
    """One migration of all tenants to the state of the code. `target` is the digest of its migrations, `plan` what is run, step by step."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    target = models.CharField(max_length=64)
    state = models.CharField(max_length=16, default=RunState.RUNNING.value)
    plan = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    operation = models.CharField(max_length=64, blank=True, default="")
    problem = models.CharField(max_length=1000, blank=True, default="")
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people see it."""
        return ids.show("fl", self.id)


class FleetResult(models.Model):
    """What became of one schema in one run: a tenant's, a spare's or the template's."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    run = models.ForeignKey(FleetRun, on_delete=models.CASCADE, related_name="results")
    tenant_id = models.UUIDField(null=True)
    schema = models.CharField(max_length=63)
    label = models.CharField(max_length=120)
    cell = models.CharField(max_length=63)
    ring = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, default=ResultState.WAITING.value)
    way = models.CharField(max_length=16, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    elapsed_ms = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=1000, blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("ring", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("run", "cell", "schema"), name="tenants_one_result")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["run", "state", "ring"], name="tenants_results")]

    def __str__(self) -> str:
        return self.schema
