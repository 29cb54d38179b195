"""The one form of a moment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 10, 59, 58, 250_000, tzinfo=UTC), "2026-01-31T10:59:58.250000Z"),
        (datetime(2026, 1, 31, 10, 59, 58, tzinfo=UTC), "2026-01-31T10:59:58.000000Z"),
        (datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T23:30:00.000000Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_four_digits_of_year_and_six_of_fraction(moment: datetime, text: str) -> None:
    assert clock.rfc3339(moment) == text


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_has_the_same_length_and_is_read_back(moment: datetime) -> None:
    text = clock.rfc3339(moment)

    assert (len(text), datetime.fromisoformat(text)) == (27, moment)
