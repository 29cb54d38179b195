"""Reading how far those have come who follow the log."""

from django.db.models import F, Q, Subquery
from django.db.models.functions import Coalesce

from audit.models import Cursor, Head
from kernel import clock


def has_lagging_follower() -> bool:
    """Whether somebody who follows the log, and need not wait after a fault, has not dealt with all sealed entries."""
    size = Coalesce(Subquery(Head.objects.values("size")[:1]), 0)
    may_go_on = Q(not_before=None) | Q(not_before__lte=clock.now())
    return Cursor.objects.alias(size=size).filter(may_go_on, seq__lt=F("size")).exists()
