"""Licence seats: how many people may be active, and what happens to one too many."""

from django.db import models
from django.db.models import Q

from identity.models.people import User
from kernel import clock, ids
from kernel.tenancy.records import TenantModel


class SeatPolicy(TenantModel):
    """The one row that says how many seats there are (null: as many as people) and the rule: refuse, flag or queue. Counting locks it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    maximum = models.PositiveIntegerField(null=True)
    rule = models.CharField(max_length=8, default="refuse")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.maximum} {self.rule}"


class Seat(TenantModel):
    """A person had a seat from a moment to another, or has it still. `is_over` marks the last ones where more are taken than there are."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="seats")
    is_over = models.BooleanField(default=False)
    taken_at = models.DateTimeField(default=clock.now)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user"], condition=Q(released_at=None), name="identity_seat_one_taken")]

    def __str__(self) -> str:
        return f"{self.user_id}"
