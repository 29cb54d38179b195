"""Which entries a bundle holds: a range of places in the log, or those that filters let through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit import following
from audit.filters import EVERYTHING, Filters
from audit.following import Sealed
from kernel.problems import Invalid

BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """From `first_seq` to `last_seq` (0: to the end of what is signed); with filters, only what they let through.

    A range is proven as a whole, chosen entries one by one. `is_readable` adds the entries with what is personal in the open.
    """

    first_seq: int = 1
    last_seq: int = 0
    filters: Filters = EVERYTHING
    is_readable: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> "Selection":
        """Read `from_seq`, `to_seq`, `filters` and `readable` from JSON or from a command. Raises Invalid."""
        first, last = given.get("from_seq") or 1, given.get("to_seq") or 0
        if first < 1 or (last and last < first):
            fault = {
                "pointer": "/to_seq",
                "code": "invalid",
                "detail": "Let the range begin at 1 or later, and not end before it begins.",
            }
            raise Invalid("Correct the range.", errors=[fault])
        filters = Filters.parse(given.get("filters") or {})
        return cls(first_seq=first, last_seq=last, filters=filters, is_readable=bool(given.get("readable")))

    @property
    def is_range(self) -> bool:
        """Whether nothing is left out between the first and the last."""
        return self.filters == EVERYTHING

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; `parse` reads it back."""
        return {
            "from_seq": self.first_seq,
            "to_seq": self.last_seq,
            "filters": self.filters.as_dict(),
            "readable": self.is_readable,
        }

    def batches(self, *, until: int) -> Iterator[list[Sealed]]:
        """The sealed entries of the range up to a place, in order."""
        last = min(self.last_seq or until, until)
        place = self.first_seq - 1
        while place < last and (read := following.read_after(place, limit=BATCH, until=last)):
            yield read
            place = read[-1].seq
