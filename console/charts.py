"""The numbers of a bar chart that the template draws as SVG: no script, no inline style, sharp at every width."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT_PX = 176
GAP_SHARE = 0.34
STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day; `slot` and `x` are percent of the width as text, `y` and `height` pixels."""

    day: date
    count: int
    slot: str
    x: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars with their scale; `scale` holds the labels from top to bottom."""

    bars: list[Bar]
    bar_width: str
    slot_width: str
    scale: list[int]
    total: int
    highest: int
    today: int
    axis: list[date]


def of_days(counted: Sequence[tuple[str, int]]) -> Chart:
    """A chart of consecutive days as (ISO date, number), oldest first; at least one."""
    days = [date.fromisoformat(day) for day, _ in counted]
    numbers = [number for _, number in counted]
    top = round_up(max(numbers))
    slot = 100 / len(days)
    return Chart(
        bars=[
            _bar(day, count=count, place=place, slot=slot, top=top)
            for place, (day, count) in enumerate(zip(days, numbers, strict=True))
        ],
        bar_width=f"{slot * (1 - GAP_SHARE):.3f}",
        slot_width=f"{slot:.3f}",
        scale=[top, top // 2, 0],
        total=sum(numbers),
        highest=max(numbers),
        today=numbers[-1],
        axis=[days[0], days[len(days) // 2], days[-1]],
    )


def round_up(highest: int) -> int:
    """The next round number with a whole half: 2, 4, 10, 20, 50, 100 … so that the scale starts at 0 and reads well."""
    if highest <= 4:
        return 2 if highest <= 2 else 4
    power = int("1" + "0" * (len(str(highest)) - 1))
    return next(step * power for step in STEPS if step * power >= highest and step * power % 2 == 0)


def _bar(day: date, *, count: int, place: int, slot: float, top: int) -> Bar:
    height = max(3, round(count / top * HEIGHT_PX)) if count else 2
    return Bar(
        day=day,
        count=count,
        slot=f"{place * slot:.3f}",
        x=f"{place * slot + slot * GAP_SHARE / 2:.3f}",
        y=HEIGHT_PX - height,
        height=height,
    )
