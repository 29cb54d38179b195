"""The chart's numbers."""

from datetime import date

import pytest

from console import charts


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 2), (1, 2), (3, 4), (5, 10), (7, 10), (11, 20), (21, 50), (51, 100), (99, 100), (847, 1000), (1001, 2000)],
)
def test_the_scale_ends_at_a_round_number_with_a_whole_half(highest: int, top: int) -> None:
    assert charts.round_up(highest) == top


def test_the_highest_bar_fits_and_an_empty_day_has_a_place() -> None:
    chart = charts.of_days([("2026-11-19", 0), ("2026-11-20", 10), ("2026-11-21", 5)])

    assert [bar.count for bar in chart.bars] == [0, 10, 5]
    assert [bar.height for bar in chart.bars] == [2, 176, 88]
    assert [bar.y + bar.height for bar in chart.bars] == [176, 176, 176]
    assert (chart.total, chart.highest, chart.today, chart.scale) == (15, 10, 5, [10, 5, 0])
    assert chart.axis == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)]
    assert float(chart.bars[-1].x) + float(chart.bar_width) < 100


def test_one_event_among_thousands_is_still_seen() -> None:
    chart = charts.of_days([("2026-11-20", 1), ("2026-11-21", 9_000)])

    assert chart.bars[0].height == 3
