"""What home knows of tenants' trails: how long each was when it was last published, whom it forgot, and what products tell of."""

from django.db import models

from kernel import clock, ids

ACTION_PREFIX = "act"


class PublishedHead(models.Model):
    """The last signed checkpoint of a tenant's log, kept outside its cell: after a failover a shorter log is never signed.

    `note` is the C2SP signed note as it was given out.
    """

    tenant_id = models.UUIDField(primary_key=True)
    epoch = models.PositiveIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    published_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.epoch}/{self.size}"


class ForgottenPerson(models.Model):
    """A person whose key in a tenant's trail was destroyed; repeated after every restore of a copy that still has it. Holds nothing personal."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    tenant_id = models.UUIDField(db_index=True)
    ref = models.CharField(max_length=80)
    forgotten_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["tenant_id", "ref"], name="forgotten_once"),)

    def __str__(self) -> str:
        return self.ref


class ProductAction(models.Model):
    """One version of an action that the vendor's product may tell of: `schema` is JSON Schema (2020-12) of its `details`.

    `personal` names the fields of `details` that are personal. A version is never changed; `retired_at` ends it.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120, default="", blank=True)
    category = models.CharField(max_length=16)
    severity = models.PositiveSmallIntegerField(default=1)
    schema = models.JSONField(default=dict)
    personal = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    retired_at = models.DateTimeField(null=True, default=None)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["name", "version"], name="product_action_version"),)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def public_id(self) -> str:
        """The id as people see it: `act_…`."""
        return ids.show(ACTION_PREFIX, self.id)
