"""What is signed, with which key, and to whom it is given."""

from typing import ClassVar

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

CHECKPOINT_PREFIX = "chk"
SIGNING_KEY_PREFIX = "sgk"
ANCHOR_PREFIX = "anc"


class AnchorKind(models.TextChoices):
    """Where a checkpoint is kept outside this installation."""

    MAIL = "mail"
    WITNESS = "witness"
    TIMESTAMP = "timestamp"
    OBJECT_LOCK = "object_lock"


class SigningKey(TenantModel):
    """An Ed25519 key that signs the log of one epoch; the private part is sealed for the tenant.

    `origin` is the name of the key and the first line of every note that it signs: host, tenant id and epoch.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    epoch = models.PositiveIntegerField()
    origin = models.CharField(max_length=255)
    public = models.BinaryField(max_length=32)
    sealed_private = models.TextField()
    created_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True, default=None)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["epoch", "-id"], name="signing_key_epoch")]

    @property
    def public_id(self) -> str:
        """The id as people see it: `sgk_…`."""
        return ids.show(SIGNING_KEY_PREFIX, self.id)


class Checkpoint(TenantModel):
    """A signed statement of how long the log was and which hash stood for all of it: a C2SP signed note, with the text as it was signed."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    epoch = models.PositiveIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["epoch", "size"], name="checkpoint_epoch_size"),
        ]

    @property
    def public_id(self) -> str:
        """The id as people see it: `chk_…`."""
        return ids.show(CHECKPOINT_PREFIX, self.id)


class Anchor(TenantModel):
    """Somewhere that checkpoints are given to, on a timetable; `version` guards changes.

    `settings` by kind, all text: mail `{"to": "address, …"}`, witness `{"url", "verifier"}`, timestamp `{"url", "roots"}` (PEM), object_lock
    `{"endpoint", "bucket", "prefix", "region", "days"}`. `sealed_secret` holds what it takes to log in there, if anything.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    sealed_secret = models.TextField(default="", blank=True)
    every_s = models.PositiveIntegerField(default=86400)
    paused_at = models.DateTimeField(null=True, default=None)
    last_epoch = models.PositiveIntegerField(default=0)
    last_size = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True, default=None)
    next_at = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    @property
    def public_id(self) -> str:
        """The id as people see it: `anc_…`."""
        return ids.show(ANCHOR_PREFIX, self.id)


class Receipt(TenantModel):
    """What an anchor answered for one checkpoint: a cosignature, a time stamp token, a version of an object, a message id."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="receipts")
    anchor_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12)
    receipt = models.BinaryField()
    given_at = models.DateTimeField(default=clock.now)
