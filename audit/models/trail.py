"""Entries, the queue of those not yet sealed, seals, the tree over them, and the head of the log.

The tenant's role may insert and read entries and nothing else; the sealer's role does the rest (migrations 0002 and 0004).
"""

from typing import Any, ClassVar

import orjson
from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

ID_PREFIX = "ent"
FREEHOLD, PRODUCT = "freehold", "product"
"""Who told of it: the control plane itself, or the vendor's product by the ingest API."""


class Entry(TenantModel):
    """One thing that happened. `canonical` is the evidence; the other columns are its projection, for searching.

    Its table is partitioned by month over `id`, whose first 48 bits are milliseconds (UUIDv7): so the id stays unique over all months. The labels
    and the address are personal: they are emptied when the person is forgotten, while the evidence, which holds them sealed, stays as it is.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    received_at = models.DateTimeField(default=clock.now)
    action = models.CharField(max_length=64)
    category = models.CharField(max_length=16, default="", db_default="")
    severity = models.PositiveSmallIntegerField(default=1, db_default=1)
    source = models.CharField(max_length=8, default=FREEHOLD, db_default=FREEHOLD)
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
    """The end of the log: one row.

    `frontier` holds the roots of the complete subtrees of RFC 6962 from the largest to the smallest, 32 bytes each: as many as `size` has bits set.
    Seals below `minimum_index` were pruned; `anchor_frontier` and `anchor_chain` are what the log was at that size.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    chain = models.BinaryField(max_length=32)
    epoch = models.PositiveIntegerField(default=1, db_default=1)
    frontier = models.BinaryField(default=b"", db_default=b"")
    minimum_index = models.BigIntegerField(default=0, db_default=0)
    anchor_frontier = models.BinaryField(default=b"", db_default=b"")
    anchor_chain = models.BinaryField(default=b"", db_default=b"")


class Tile(TenantModel):
    """Up to 256 neighbouring hashes of one level of the tree, as in C2SP tlog-tiles; level 0, the leaves, is the seals themselves.

    `key` is level * 2^48 + index. A hash of level n stands for a complete subtree of 256^n leaves. The last tile of a level grows.
    """

    key = models.BigIntegerField(primary_key=True)
    hashes = models.BinaryField()


class Mirrored(TenantModel):
    """An entry made here by a caller of the platform, whose copy has not reached the platform's trail yet."""

    entry_id = models.UUIDField(primary_key=True)


class Cursor(TenantModel):
    """How far one consumer of sealed entries has come: all up to `seq` are dealt with.

    Who reads on locks the row, so that a consumer works once at a time; or who works long, outside a transaction, notes in `leased_by` that it does,
    and in `leased_until` until when others leave the consumer to it. `not_before` postpones it after a fault.
    """

    name = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=500, default="", blank=True)
    not_before = models.DateTimeField(null=True, default=None)
    leased_by = models.CharField(max_length=32, default="", blank=True)
    leased_until = models.DateTimeField(null=True, default=None)
    moved_at = models.DateTimeField(default=clock.now)


class IngestedKey(TenantModel):
    """An event of the product that was taken: its own id, the entry made of it, and SHA-256 of what was sent. Kept for good."""

    key = models.CharField(max_length=128, primary_key=True)
    entry_id = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    taken_at = models.DateTimeField(default=clock.now)
