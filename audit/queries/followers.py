"""Reading how far those have come who follow the log."""

from django.db.models import F, Subquery
from django.db.models.functions import Coalesce

from audit import following
from audit.models import Cursor, Head, Stream


def has_lagging_follower() -> bool:
    """Whether somebody who follows the log, and need not wait after a fault or for a worker of its own, has not dealt with all sealed entries.

    A paused stream lags behind on purpose.
    """
    size = Coalesce(Subquery(Head.objects.values("size")[:1]), 0)
    names = set(Cursor.objects.alias(size=size).filter(following.free(), seq__lt=F("size")).values_list("name", flat=True))
    return bool(names) and not names <= {stream.cursor_name for stream in Stream.objects.exclude(paused_at=None)}
