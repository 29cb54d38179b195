"""The benchmark `fleet`: both sides bring their tenants to the next release in turns, on one server."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench import services, workers
from bench.effort import Effort
from bench.fleet.catalogue import releases
from bench.results import AT_LEAST, Measure, Result, Target, machine
from bench.workers import Worker
from config.embedded.addresses import Addresses

TENANTS, TENANTS_FULL = 60, 200
STOCK_TENANTS, STOCK_TENANTS_FULL = 3, 40
ROUNDS, ROUNDS_FULL = 3, 5
TARGETS = {"stock_over_ours": Target(AT_LEAST, 50.0)}

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Samples:
    """Milliseconds per tenant: of the whole run or command, and of each tenant within ours."""

    ours: list[float]
    ours_each: list[float]
    stock: list[float]


def run(effort: Effort, progress: Progress) -> Result:
    """Make the tenants of both sides, then migrate both in turns, after one release that does not count."""
    tenants = effort.tenants or (TENANTS_FULL if effort.is_full else TENANTS)
    stock_tenants = min(tenants, STOCK_TENANTS_FULL if effort.is_full else STOCK_TENANTS)
    rounds = effort.rounds or (ROUNDS_FULL if effort.is_full else ROUNDS)
    with services.running() as addresses, _sides(addresses, count=rounds + 2) as (ours, stock):
        progress(f"making {tenants} tenants in Freehold and {stock_tenants} in django-tenants")
        ours.order(do="prepare", tenants=tenants)
        stock.order(do="prepare", tenants=stock_tenants)
        ours.answer()
        stock.answer()
        samples = _measure(ours, stock, rounds=rounds, stock_tenants=stock_tenants, progress=progress)
        progress("once more by the other executor of django-tenants")
        many = stock.told(do="migrate", release=f"bench_release_{rounds + 2}", executor="multiprocessing", tenants=stock_tenants)
    return _result(samples, many=_per_tenant(many), rounds=rounds, sizes=(tenants, stock_tenants))


def _measure(ours: Worker, stock: Worker, *, rounds: int, stock_tenants: int, progress: Progress) -> Samples:
    """Each round is one release, of which the first does not count."""
    samples = Samples([], [], [])
    for number in range(rounds + 1):
        progress(f"round {number} of {rounds}")
        release = f"bench_release_{number + 1}"
        mine = ours.told(do="migrate", release=release)
        theirs = stock.told(do="migrate", release=release, executor="standard", tenants=stock_tenants)
        if number:
            samples.ours.append(_per_tenant(mine))
            samples.ours_each.extend(mine["each_ms"])
            samples.stock.append(_per_tenant(theirs))
    return samples


def _per_tenant(answer: dict[str, Any]) -> float:
    return 1000.0 * float(answer["seconds"]) / int(answer["tenants"])


def _result(samples: Samples, *, many: float, rounds: int, sizes: tuple[int, int]) -> Result:
    stock = statistics.median(samples.stock)
    return Result(
        name="fleet",
        rounds=rounds,
        figures=[
            Measure.of("ours, one tenant", samples.ours_each, unit="ms"),
            Measure.of("ours, whole run per tenant", samples.ours, unit="ms"),
            Measure.of("stock, standard executor per tenant", samples.stock, unit="ms"),
            Measure.of("stock, two processes per tenant", [many], unit="ms"),
        ],
        ratios={
            "stock_over_ours": stock / statistics.median(samples.ours_each),
            "stock_over_ours_whole_run": stock / statistics.median(samples.ours),
        },
        targets=TARGETS,
        machine=machine(),
        notes=[
            f"{sizes[0]} tenants of Freehold, {sizes[1]} of django-tenants; {releases.TABLES} tables each, and Freehold's own besides.",
            "One tenant: from the wish for its locks to its commit, by one worker, as the peer's standard executor works.",
            "The whole run has comparing, compiling, rings, ledger, roles and trail besides, which many tenants share.",
        ],
    )


@contextmanager
def _sides(addresses: Addresses, *, count: int) -> Iterator[tuple[Worker, Worker]]:
    """Both processes, with the releases where they can import them."""
    with ExitStack() as stack:
        import_path = releases.import_path(stack, count=count)
        database = services.add_database(addresses, "bench_fleet")
        peer = {f"BENCH_DATABASE_{field}": value for field, value in database.items()}
        yield (
            stack.enter_context(_side("ours", import_path=import_path, environment={}, addresses=addresses)),
            stack.enter_context(_side("stock", import_path=import_path, environment=peer, addresses=addresses)),
        )


def _side(name: str, *, import_path: str, environment: dict[str, str], addresses: Addresses) -> AbstractContextManager[Worker]:
    return workers.listening(
        name,
        module="bench.fleet.worker",
        log=addresses.var / f"bench-fleet-{name}.log",
        settings=f"bench.fleet.settings_{name}",
        FREEHOLD_VAR=str(addresses.var),
        PYTHONPATH=import_path,
        **environment,
    )
