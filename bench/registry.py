"""The benchmarks by name. A new one is a line here, a package beside `routing`, and a section in docs/benchmarks.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.results import Result
from bench.routing import measuring as routing

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: what it says about itself, how many rounds are enough, and the function that runs them."""

    name: str
    summary: str
    rounds: int
    run: Callable[[int, Progress], Result]


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="routing",
            summary="The cost of tenant routing and of the whole path before an action.",
            rounds=routing.ROUNDS,
            run=routing.run,
        ),
    )
}
