"""How long entries are kept, what is held longer, and what was removed."""

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

HOLD_PREFIX = "hld"


class RetentionPolicy(TenantModel):
    """For one category: days that bodies are kept, days that seals are kept (0: for good), and the legal basis in words."""

    category = models.CharField(max_length=16, primary_key=True)
    body_days = models.PositiveIntegerField(default=0)
    seal_days = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=500, default="", blank=True)
    updated_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)


class LegalHold(TenantModel):
    """A named query whose entries must not be removed while it stands. Lifting takes two people: one asks, another one confirms.

    Empty text and null dates match everything; `until` is exclusive.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=120)
    matter = models.CharField(max_length=80, default="", blank=True)
    reason = models.CharField(max_length=1000)
    owner_id = models.CharField(max_length=80)
    owner_label = models.CharField(max_length=200)
    actor_id = models.CharField(max_length=80, default="", blank=True)
    subject = models.CharField(max_length=80, default="", blank=True)
    action = models.CharField(max_length=64, default="", blank=True)
    since = models.DateTimeField(null=True, default=None)
    until = models.DateTimeField(null=True, default=None)
    placed_at = models.DateTimeField(default=clock.now)
    lift_asked_by = models.CharField(max_length=80, default="", blank=True)
    lift_asked_at = models.DateTimeField(null=True, default=None)
    lift_reason = models.CharField(max_length=1000, default="", blank=True)
    lifted_by = models.CharField(max_length=80, default="", blank=True)
    lifted_at = models.DateTimeField(null=True, default=None)
    version = models.PositiveIntegerField(default=1)

    @property
    def public_id(self) -> str:
        """The id as people see it: `hld_…`."""
        return ids.show(HOLD_PREFIX, self.id)


class HeldEntry(TenantModel):
    """The body of an entry under a hold, copied before its month was dropped; its seal proves it."""

    entry_id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField(unique=True)
    received_at = models.DateTimeField()
    canonical = models.TextField()
    mac = models.BinaryField(max_length=32)
    projection = models.JSONField(default=dict)
    copied_at = models.DateTimeField(default=clock.now)


class Pruning(TenantModel):
    """What was removed: the bodies of a month, or the seals below a checkpoint; with the policies as they were."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    stage = models.CharField(max_length=8)
    partition = models.CharField(max_length=63, default="", blank=True)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    number = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    policies = models.JSONField(default=dict)
    pruned_at = models.DateTimeField(default=clock.now)
