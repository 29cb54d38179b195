"""Reading seats."""

from typing import Final

from django.db.models import Prefetch, Q, QuerySet

from identity import seats
from identity.models import Seat, SeatPolicy, Status, User
from identity.seats import SeatCount

SEAT_RULES: Final = tuple(str(rule) for rule in seats.Rule)
SEAT_STATES: Final = ("taken", "over", "waiting")


def seat_policy() -> SeatPolicy:
    """How many seats there are and the rule; as it is before anybody decided, where nobody did."""
    return SeatPolicy.objects.filter(id=seats.POLICY_ID).first() or SeatPolicy()


def seat_count() -> SeatCount:
    """How many people have a seat, have one too many, and wait."""
    return seats.count()


def seat_holders(q: str = "", state: str = "") -> QuerySet[User]:
    """The people who have a seat or wait for one, `taken_seats` loaded; `q` is part of a name or an address.

    `state` is `taken`, `over` (one too many) or `waiting`; empty gives all of them.
    """
    held = Seat.objects.filter(released_at=None)
    found = User.objects.filter(status__in=(Status.ACTIVE, Status.WAITING)).prefetch_related(
        Prefetch("seats", queryset=held, to_attr="taken_seats")
    )
    if q:
        found = found.filter(Q(email__icontains=q) | Q(name__icontains=q))
    if state == "waiting":
        return found.filter(status=Status.WAITING)
    if state == "over":
        return found.filter(id__in=held.filter(is_over=True).values("user_id"))
    if state == "taken":
        return found.filter(status=Status.ACTIVE)
    return found.none() if state else found
