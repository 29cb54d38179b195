"""`manage.py bench audit`: the whole run with tiny sizes, and how its ratios follow from what was measured."""

import math

import pytest

from bench.audit import crashing, measuring
from bench.audit.measuring import SHORT, Sizes
from bench.audit.reporting import TARGETS, hot_ratio, share, worst_page
from bench.effort import Effort
from bench.results import Result

TINY = Sizes(
    pairs=5, events=400, rounds=2, active=2, hot_rounds=1, hot_s=1.0, lag_s=1.0, proofs=3, calls=2, provoked=1
)  # fmt: skip
PROMISED = {
    "added_p50_ms", "hot_tenant_over_unaudited", "batch_ingest_per_s", "seal_per_s", "seal_lag_p99_s", "verify_per_s", "proof_ms",
    "explorer_1m_over_1k", "lost", "phantom",
}  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    """A run of some seconds with all that a long one does, on an installation of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "SHORT", TINY)
        patch.setattr(measuring, "SMALL", 50)
        patch.setattr(crashing, "WRITTEN", 5)
        return measuring.run(Effort(), lambda _words: None)


def test_every_promised_ratio_has_a_value_and_a_target(result: Result) -> None:
    assert result.name == "audit"
    assert set(result.ratios) == set(result.targets) == set(TARGETS) >= PROMISED
    assert all(math.isfinite(ratio) for ratio in result.ratios.values())
    assert all(ratio > 0 for name, ratio in result.ratios.items() if name not in {"added_p50_ms", "lost", "phantom"})


def test_the_database_died_three_times_and_nothing_was_lost_or_made_up(result: Result) -> None:
    assert (result.ratios["lost"], result.ratios["phantom"]) == (0, 0)
    (told,) = [note for note in result.notes if "kill -9" in note]
    assert told.startswith("3 times kill -9")
    assert " 0 without an entry, 0 entries without a row, 0 unsealed" in told
    assert "is sound" in told


def test_all_acts_raised_their_alert_and_a_short_run_says_that_it_is_one(result: Result) -> None:
    assert f"{TINY.active * TINY.provoked} acts raised {TINY.active * TINY.provoked} alerts." in result.notes
    assert any("--full" in note for note in result.notes)
    assert SHORT.events < measuring.FULL.events == 1_000_000


def test_a_share_is_the_sample_below_which_it_lies() -> None:
    assert share([3.0, 1.0, 2.0], 0.5) == 2.0
    assert share([float(number) for number in range(100)], 0.99) == 99.0
    assert share([7.0], 0.99) == 7.0


def test_the_worst_view_counts_by_its_slowest_pages() -> None:
    pages = {"big": {"first": [1.0, 2.0], "deep": [9.0, 3.0]}, "small": {"first": [1.0, 1.0], "deep": [3.0, 3.0]}}

    assert worst_page(pages) == 3.0


def test_each_round_of_writers_is_held_against_its_own_neighbour() -> None:
    assert hot_ratio({"plain": [100.0, 200.0, 400.0], "audited": [80.0, 150.0, 360.0]}) == 0.8
