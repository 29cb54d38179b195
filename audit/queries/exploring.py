"""Reading the trail as it grows, and how it is cut into lists."""

from dataclasses import dataclass

from audit import finding, following
from audit.filters import EVERYTHING, Filters
from audit.following import Sealed

TAIL_MAXIMUM = 500


@dataclass(frozen=True, slots=True)
class Tail:
    """What was sealed behind a place: those entries that are meant, oldest first; `after` is where to read on, `size` how many are sealed."""

    items: list[Sealed]
    after: int
    size: int

    @property
    def is_at_end(self) -> bool:
        """Whether nothing more is sealed yet."""
        return self.after >= self.size


def tail(*, after: int | None = None, filters: Filters = EVERYTHING, limit: int = TAIL_MAXIMUM) -> Tail:
    """Read on behind a `seq`; at most `limit` entries are looked at. Without a place, nothing is read and `after` is the end of the log.

    Whoever asks again with the `after` of the last answer misses nothing and gets nothing twice: `seq` has no gaps and never turns back.
    """
    size = following.log_size()
    if after is None:
        return Tail([], after=size, size=size)
    read = following.read_after(after, limit=min(limit, TAIL_MAXIMUM))
    return Tail(finding.meant(read, filters=filters), after=read[-1].seq if read else after, size=size)
