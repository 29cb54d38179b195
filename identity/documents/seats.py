"""Seats as documents."""

from typing import Any

from identity.models import SeatPolicy, Status, User
from identity.seats import SeatCount
from kernel.clock import rfc3339


def of_seats(policy: SeatPolicy, *, count: SeatCount) -> dict[str, Any]:
    """The seats for machines."""
    return {
        "maximum": policy.maximum,
        "rule": policy.rule,
        "taken": count.taken,
        "over": count.over,
        "waiting": count.waiting,
        "changed_at": rfc3339(policy.changed_at),
        "version": policy.version,
    }


def of_seat_holder(person: User) -> dict[str, Any]:
    """One person of `seat_holders` for machines; `since` is when they took the seat or began to wait."""
    taken: Any = getattr(person, "taken_seats", [])
    is_over = any(seat.is_over for seat in taken)
    state = "waiting" if person.status == Status.WAITING else "over" if is_over else "taken"
    since = taken[0].taken_at if taken else person.status_at
    return {"id": person.public_id, "email": person.email, "name": person.name, "state": state, "since": rfc3339(since)}
