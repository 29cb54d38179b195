"""Changes to many people at once, row by row."""

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel


class BulkRun(TenantModel):
    """One file or selection that is worked off by an operation. `undoes` names the run whose changes this one takes back."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    operation_id = models.UUIDField(null=True, unique=True)
    kind = models.CharField(max_length=24)
    file_name = models.CharField(max_length=200, blank=True)
    is_rehearsal = models.BooleanField(default=False)
    settings: "models.JSONField[dict[str, object], dict[str, object]]" = models.JSONField(default=dict)
    created_by = models.CharField(max_length=80)
    created_by_label = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """The id as people and the API see it."""
        return ids.show("blk", self.id)


class BulkRow(TenantModel):
    """One row of a run: what was given, what came of it, and what was before, so that it can be taken back."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    given: "models.JSONField[dict[str, str], dict[str, str]]" = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, default="waiting")
    detail = models.CharField(max_length=500, blank=True)
    person_id = models.UUIDField(null=True)
    before: "models.JSONField[dict[str, object], dict[str, object]]" = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="identity_bulkrow_once")]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.number}"
