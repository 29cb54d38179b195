"""From samples to figures and ratios: pure arithmetic."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.results import AT_LEAST, AT_MOST, Figure, Target

TARGETS: Mapping[str, Target] = {
    "stock_over_ours": Target(bound=AT_LEAST, value=5),
    "ours_over_none": Target(bound=AT_MOST, value=1.2),
    "request_over_empty_view": Target(bound=AT_MOST, value=2),
}
SMALLEST_FLOOR_US = 5.0
BASIS = (
    "request_over_empty_view compares CPU time per request: the empty view waits for nothing, ours waits for one answer of PostgreSQL. "
    "request_over_empty_view_wall has the waiting in it."
)


@dataclass(slots=True)
class Samples:
    """What one worker's view was measured at: one wall time per request, grouped by round, and one CPU time per round (µs)."""

    walls_us: list[list[float]] = field(default_factory=list)
    cpus_us: list[float] = field(default_factory=list)

    def medians_us(self) -> list[float]:
        """The wall median of each round."""
        return [statistics.median(walls) for walls in self.walls_us]

    def figure(self, *, worker: str, view: str) -> Figure:
        """All rounds together."""
        walls = [wall for walls in self.walls_us for wall in walls]
        return Figure(
            worker=worker,
            view=view,
            wall_p50_us=statistics.median(walls),
            wall_p95_us=statistics.quantiles(walls, n=20)[-1],
            cpu_p50_us=statistics.median(self.cpus_us),
            requests=len(walls),
        )


def ratios(figures: Mapping[str, Figure], *, floor_us: float) -> tuple[dict[str, float], list[str]]:
    """The promised ratios, and a note when the added cost of ours is lost in the noise, so that the floor stands in its place."""
    none, stock, ours = (figures[f"{worker}.one_query"].wall_p50_us for worker in ("none", "stock", "ours"))
    request, empty = figures["ours.request"], figures["empty.request"]
    notes = [BASIS]
    added_by_ours = ours - none
    if added_by_ours < floor_us:
        notes.append(
            f"stock_over_ours: routing added {added_by_ours:.1f} µs, below the noise of this run; {floor_us:.1f} µs stood in its place."
        )
    found = {
        "stock_over_ours": (stock - none) / max(added_by_ours, floor_us),
        "ours_over_none": ours / none,
        "request_over_empty_view": request.cpu_p50_us / empty.cpu_p50_us,
        "request_over_empty_view_wall": request.wall_p50_us / empty.wall_p50_us,
    }
    return found, notes


def noise_floor_us(one: Sequence[float], other: Sequence[float]) -> float:
    """The smallest difference between two series of round medians (µs) that this run can tell from zero.

    Twice the standard error of the paired differences, by their median absolute deviation, so that a hiccup of the machine does not count.
    """
    differences = [a - b for a, b in zip(one, other, strict=True)]
    centre = statistics.median(differences)
    deviation = 1.4826 * statistics.median(abs(difference - centre) for difference in differences)
    return max(SMALLEST_FLOOR_US, 2 * deviation / math.sqrt(len(differences)))
