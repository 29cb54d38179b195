"""The benchmarks by name. A new one is a line here, a package beside `routing`, and a section in docs/benchmarks.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.audit import measuring as audit
from bench.effort import Effort
from bench.export import measuring as export
from bench.fleet import measuring as fleet
from bench.identity import measuring as identity
from bench.leak import measuring as leak
from bench.move import measuring as move
from bench.provisioning import measuring as provisioning
from bench.results import Result
from bench.routing import measuring as routing
from bench.scale import measuring as scale

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
            name="audit",
            summary="The trail: what an entry costs its transaction, and how fast it is taken in, sealed, checked, proved and read.",
            run=audit.run,
        ),
        Benchmark(
            name="provisioning",
            summary="What a new tenant costs: from a spare, from the script, and with stock django-tenants.",
            run=provisioning.run,
        ),
        Benchmark(
            name="export",
            summary="One tenant of many, copied by Freehold and by pg_dump.",
            run=export.run,
        ),
        Benchmark(
            name="fleet",
            summary="One column and one index in every tenant, by Freehold and by migrate_schemas.",
            run=fleet.run,
        ),
        Benchmark(
            name="identity",
            summary="Who asks, and what they may: keys, signatures, roles, policies, the whole path before an action, and revocation.",
            run=identity.run,
        ),
        Benchmark(
            name="move",
            summary="A tenant moved between two servers while it is written to: the writers' wait, and what is lost.",
            run=move.run,
        ),
        Benchmark(
            name="leak",
            summary="Reads of another tenant's rows, and what a database connection comes to hold.",
            run=leak.run,
        ),
        Benchmark(
            name="routing",
            summary="The cost of tenant routing and of the whole path before an action.",
            run=routing.run,
        ),
        Benchmark(
            name="scale",
            summary="Many real tenants: how long they take to make, what each takes, and whether a request notices.",
            run=scale.run,
        ),
    )
}
