"""What is: entries, the queue of those not yet sealed, seals, and the head of the chain.

The tenant's role may insert and read entries and nothing else; the sealer's role does the rest (migration 0002).
"""

from typing import Any, ClassVar

import orjson
from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

ID_PREFIX = "ent"


class Entry(TenantModel):
    """One thing that happened. `canonical` is the evidence; the other columns are its projection, for searching."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    received_at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.CharField(max_length=80)
    actor_label = models.CharField(max_length=200)
    subject = models.CharField(max_length=80)
    subject_label = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    canonical = models.TextField()
    mac = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["action", "-id"], name="entry_action"),
            models.Index(fields=["actor_id", "-id"], name="entry_actor"),
            models.Index(fields=["subject", "-id"], name="entry_subject"),
            models.Index(fields=["received_at"], name="entry_received"),
        ]

    @property
    def public_id(self) -> str:
        """The id as people see it: `ent_…`."""
        return ids.show(ID_PREFIX, self.id)

    @property
    def document(self) -> dict[str, Any]:
        """The canonical text, parsed."""
        parsed: dict[str, Any] = orjson.loads(self.canonical)
        return parsed


class QueuedEntry(TenantModel):
    """An entry that waits for its seal; filled by a trigger, emptied by the sealer."""

    entry_id = models.UUIDField(primary_key=True)


class Seal(TenantModel):
    """The place of an entry in the chain."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    leaf = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField()


class Head(TenantModel):
    """The end of the chain: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    chain = models.BinaryField(max_length=32)


class Mirrored(TenantModel):
    """An entry made here by a caller of the platform, whose copy has not reached the platform's trail yet."""

    entry_id = models.UUIDField(primary_key=True)
