"""The benchmarks by name. A new one is a line here, a package beside `routing`, and a section in docs/benchmarks.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.effort import Effort
from bench.results import Result
from bench.routing import measuring as routing

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: what it says about itself, and the function that runs it."""

    name: str
    summary: str
    run: Callable[[Effort, Progress], Result]


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="routing",
            summary="The cost of tenant routing and of the whole path before an action.",
            run=routing.run,
        ),
    )
}
