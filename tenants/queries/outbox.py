"""Reading the outbox."""

from django.db.models import QuerySet

from tenants.models import PendingEntry


def pending_entries() -> QuerySet[PendingEntry]:
    """Entries that are not in platform's trail yet, oldest first."""
    return PendingEntry.objects.order_by("id")
