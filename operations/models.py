"""What is: operations, and the kept answers of idempotent requests."""

from datetime import timedelta
from typing import ClassVar

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "queued", "running", "succeeded", "failed", "cancelled"
OPEN = (QUEUED, RUNNING)
RESUMABLE = (QUEUED, RUNNING, FAILED)
LEASE = timedelta(seconds=20)
"""How long a running operation may be silent before another worker takes it over."""

ID_PREFIX = "op"


class Operation(TenantModel):
    """One long job. `key` is unique, so asking twice for the same job finds the first.

    `step` is the number of finished steps of `steps`; `detail_percent` is how far the present one is. `problem` is why it failed, or, while it is
    open, what it waits for. `sealed_result` is the part of the result that is secret, such as a link that lets somebody in; it is opened only for
    those who may also work on operations.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    state = models.CharField(max_length=16, default=QUEUED)
    steps = models.JSONField(default=list)
    step = models.PositiveSmallIntegerField(default=0)
    detail_percent = models.PositiveSmallIntegerField(default=0)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    sealed_result = models.TextField(default="", blank=True)
    problem = models.JSONField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_by = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["heartbeat_at"], name="operation_open", condition=models.Q(state__in=OPEN)),
        ]

    @property
    def public_id(self) -> str:
        """The id as people see it: `op_…`."""
        return ids.show(ID_PREFIX, self.id)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state not in OPEN

    @property
    def is_abandoned(self) -> bool:
        """Whether its worker has been silent for longer than the lease."""
        return self.state == RUNNING and (self.heartbeat_at is None or self.heartbeat_at < clock.now() - LEASE)

    @property
    def step_name(self) -> str:
        """The name of the present step; empty when all are done."""
        return str(self.steps[self.step]) if self.step < len(self.steps) else ""

    @property
    def progress_percent(self) -> int:
        """0 to 100 over all steps."""
        if self.state == SUCCEEDED or not self.steps:
            return 100 if self.state == SUCCEEDED else 0
        return min(99, (self.step * 100 + self.detail_percent) // len(self.steps))


class KeptAnswer(TenantModel):
    """The answer of one idempotent request, by actor and key; `fingerprint` is the SHA-256 of method, address and body."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    actor_id = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["actor_id", "key"], name="one_answer_per_key"),
        ]
