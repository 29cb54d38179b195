"""The outbox of the registry."""

from django.db import models

from kernel import clock


class PendingEntry(models.Model):
    """An entry for platform's trail that was written with a change of the registry and is not in the trail yet.

    The text is sealed: home holds nothing readable about who did what.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    sealed = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.id)
