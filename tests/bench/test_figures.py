"""From samples to ratios."""

import pytest

from bench.results import AT_LEAST, AT_MOST, Figure, Target
from bench.routing.figures import BASIS, Samples, noise_floor_us, ratios

CPU_US = {"none.one_query": 1, "stock.one_query": 1, "ours.one_query": 1, "ours.request": 450, "empty.request": 300}


def figures_of(**walls_us: float) -> dict[str, Figure]:
    """Figures named `worker.view`, given as worker__view."""
    named = {name.replace("__", "."): wall for name, wall in walls_us.items()}
    return {
        name: Figure(
            worker=name.partition(".")[0],
            view=name.partition(".")[2],
            wall_p50_us=wall,
            wall_p95_us=wall,
            cpu_p50_us=CPU_US[name],
            requests=1,
        )
        for name, wall in named.items()
    }


def measured(*, ours: float) -> dict[str, Figure]:
    """A run whose one-query view took 500 µs without tenancy, 1,500 with stock django-tenants and `ours` with Freehold."""
    return figures_of(none__one_query=500, stock__one_query=1500, ours__one_query=ours, ours__request=400, empty__request=200)


def test_ratios_compare_what_routing_adds() -> None:
    found, notes = ratios(measured(ours=600), floor_us=10)

    assert found == {
        "stock_over_ours": 10,
        "ours_over_none": 1.2,
        "request_over_empty_view": 1.5,
        "request_over_empty_view_wall": 2,
    }
    assert notes == [BASIS]


@pytest.mark.parametrize("ours", [502, 480])
def test_a_cost_below_the_noise_is_replaced_by_it_and_said(ours: float) -> None:
    found, notes = ratios(measured(ours=ours), floor_us=10)

    assert found["stock_over_ours"] == 100
    assert found["ours_over_none"] == ours / 500
    assert notes == [
        BASIS,
        f"stock_over_ours: routing added {ours - 500:.1f} µs, below the noise of this run; 10.0 µs stood in its place.",
    ]


def test_the_noise_floor_is_twice_the_error_of_the_paired_differences() -> None:
    ours, none = [540.0, 500.0, 560.0, 480.0], [500.0, 500.0, 500.0, 500.0]

    floor_us = noise_floor_us(ours, none)

    assert floor_us == pytest.approx(1.4826 * 30)


def test_the_noise_floor_is_never_below_five_microseconds() -> None:
    assert noise_floor_us([500.0, 500.0], [499.0, 499.0]) == 5


def test_a_figure_takes_all_rounds_together() -> None:
    samples = Samples(walls_us=[[1.0, 2.0, 3.0], [4.0, 5.0, 90.0]], cpus_us=[1.0, 2.0, 9.0])

    figure = samples.figure(worker="ours", view="one_query")

    assert (figure.name, figure.wall_p50_us, figure.cpu_p50_us, figure.requests) == ("ours.one_query", 3.5, 2.0, 6)
    assert samples.medians_us() == [2.0, 5.0]


def test_a_target_is_met_on_its_own_side() -> None:
    assert Target(bound=AT_LEAST, value=5).is_met(5)
    assert not Target(bound=AT_LEAST, value=5).is_met(4.9)
    assert Target(bound=AT_MOST, value=2).is_met(2)
    assert not Target(bound=AT_MOST, value=2).is_met(2.1)
