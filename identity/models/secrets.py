"""The keys that seal a tenant's secrets."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from kernel import clock, ids
from kernel.tenancy.records import TenantModel


class DataKeyState(StrEnum):
    """Where a data key stands; it opens what it sealed in each of these states."""

    ACTIVE = "active"
    """Seals."""
    RETIRING = "retiring"
    """Another key seals; what this one sealed is being sealed again."""
    RETIRED = "retired"
    """Nothing in the tenant's tables is sealed under it any more."""


class DataKey(TenantModel):
    """One key of the tenant, wrapped by a key provider; the only active one seals, all open. `wrapped_by` names the provider's key.

    `tenant_id` is the tenant that the key was made for, which is part of what binds sealed text to its place; a restored copy keeps it.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    short_id = models.CharField(max_length=12, unique=True)
    tenant_id = models.UUIDField()
    wrapped = models.TextField()
    provider = models.CharField(max_length=16)
    wrapped_by = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=str(DataKeyState.ACTIVE))
    created_at = models.DateTimeField(default=clock.now, editable=False)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="active"), name="identity_one_active_data_key"),
        ]

    def __str__(self) -> str:
        return self.short_id
