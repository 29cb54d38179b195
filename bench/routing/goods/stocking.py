"""Filling the table of one tenant."""

from decimal import Decimal
from uuid import UUID

from bench.routing.goods.models import ROWS, Item
from kernel import clock


def fill(owner: str) -> None:
    """Write ROWS items whose name is `owner`, in whatever schema the caller stands in."""
    now = clock.now()
    Item.objects.bulk_create(
        Item(
            id=number,
            name=owner,
            reference=UUID(int=number),
            price=Decimal("19.90"),
            unit="piece",
            description="A thing that people buy.",
            changed_at=now,
            stock=number,
        )
        for number in range(1, ROWS + 1)
    )
