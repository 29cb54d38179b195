"""Reading who has not been seen for long."""

from django.db.models import QuerySet

from identity import inactivity
from identity.models import User
from kernel import clock


def inactive_people(*, days: int) -> QuerySet[User]:
    """Active people who were not seen for so many days, longest absent first, with `seen_at`; never break-glass accounts."""
    return inactivity.due(days=days, now=clock.now())
