"""People who have not been seen for long: neither a sign-in, nor a page of a session, nor a use of one of their keys, nor a change of their status.

Break-glass accounts are never among them: they are made to lie unused.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from identity.models import ApiKey, Session, Status, User

REMINDED_BEFORE: Final = timedelta(days=7)
SOURCE: Final = "inactivity"


def absent_since(moment: datetime) -> QuerySet[User]:
    """Active people who were last seen at or before a moment, longest absent first; `seen_at` tells when that was."""
    sessions = (
        Session.objects.filter(user=OuterRef("pk")).order_by().values("user").annotate(last=Max("last_seen_at")).values("last")
    )
    keys = ApiKey.objects.filter(owner=OuterRef("pk")).order_by().values("owner").annotate(last=Max("last_used_at")).values("last")
    seen_at = Greatest("status_at", "last_login_at", Subquery(sessions), Subquery(keys))
    active = User.objects.filter(status=Status.ACTIVE, is_break_glass=False)
    return active.annotate(seen_at=seen_at).filter(seen_at__lte=moment).order_by("seen_at", "id")


def due(*, days: int, now: datetime) -> QuerySet[User]:
    """Those whose access ends now because they were not seen for so many days."""
    return absent_since(now - timedelta(days=days))


def to_remind(*, days: int, now: datetime) -> QuerySet[User]:
    """Those whose access ends within a week and who were not told so since they were last seen."""
    soon: QuerySet[Any] = absent_since(now - max(timedelta(days=days) - REMINDED_BEFORE, timedelta(days=1)))
    untold = Q(reminded_at=None) | Q(reminded_at__lt=F("seen_at"))
    return soon.filter(untold, seen_at__gt=now - timedelta(days=days))
