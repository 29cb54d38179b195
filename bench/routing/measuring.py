"""The benchmark `routing`: peers in processes of their own, asked in turn, so that a hiccup of the machine hits all of them alike."""

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import services
from bench.effort import Effort
from bench.results import Figure, Result, machine
from bench.routing.figures import TARGETS, Samples, noise_floor_us, ratios
from bench.workers import Worker
from config.embedded.addresses import Addresses

ROUNDS = 20
TENANTS = 12
CALLS_PER_ROUND = 36
WARM_ROUNDS = 4
SEED = 20261121
ONE_QUERY = "one_query"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class View:
    """One measured route. `names_tenant`: whether a right answer holds the tenant's name; `with_headers`: whether it needs an actor."""

    path: str
    method: str = "GET"
    body: str = ""
    names_tenant: bool = True
    with_headers: bool = False

    def order(self, *, calls: int) -> dict[str, Any]:
        """What the worker is told."""
        return {
            "path": self.path,
            "method": self.method,
            "body": self.body,
            "names_tenant": self.names_tenant,
            "with_headers": self.with_headers,
            "calls": calls,
        }


PLAIN_VIEWS = {
    "no_query": View(path="/bench/none", names_tenant=False),
    ONE_QUERY: View(path="/bench/one"),
    "ten_queries": View(path="/bench/ten"),
}
REQUEST = {
    "request": View(
        path="/v1/bench/request",
        method="POST",
        body='{"name": "Ada Lovelace", "email": "ada@example.org", "note": "a small body"}',
        names_tenant=False,
        with_headers=True,
    )
}
PEERS: Mapping[str, Mapping[str, View]] = {
    "none": PLAIN_VIEWS,
    "stock": PLAIN_VIEWS,
    "ours": {**PLAIN_VIEWS, **REQUEST},
    "empty": REQUEST,
}
Series = dict[tuple[str, str], Samples]


def run(effort: Effort, progress: Progress) -> Result:
    """Start the services and the peers, measure, and give the result. Only `rounds` of the effort is heeded: a default run has the full sizes."""
    rounds = effort.rounds or ROUNDS
    with services.running() as addresses, _workers(addresses, progress=progress) as workers:
        progress("warming up")
        _measure(workers, rounds=WARM_ROUNDS, calls=TENANTS)
        progress(f"measuring {rounds} rounds")
        series = _measure(workers, rounds=rounds, calls=CALLS_PER_ROUND)
    return _result(series, rounds=rounds)


@contextmanager
def _workers(addresses: Addresses, *, progress: Progress) -> Iterator[dict[str, Worker]]:
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-log-")))
        workers = {
            name: Worker(
                name=name,
                settings=f"bench.routing.settings.{name}",
                environment=_environment(name, addresses=addresses),
                log=logs / name,
            )
            for name in PEERS
        }
        for worker in workers.values():
            stack.callback(worker.stop)
        progress(f"making {TENANTS} tenants in each peer")
        for worker in workers.values():
            worker.start_preparing()
        for worker in workers.values():
            worker.finish_preparing()
        for worker in workers.values():
            worker.start_serving(seed=SEED)
        yield workers


def _environment(name: str, *, addresses: Addresses) -> dict[str, str]:
    environment = {"BENCH_TENANTS": str(TENANTS), "FREEHOLD_VAR": str(addresses.var)}
    if name in {"none", "stock"}:
        database = services.add_database(addresses, f"bench_{name}")
        environment |= {f"BENCH_DATABASE_{field}": value for field, value in database.items()}
    return environment


def _measure(workers: Mapping[str, Worker], *, rounds: int, calls: int) -> Series:
    turns = [(name, view) for name, views in PEERS.items() for view in views]
    order = random.Random(SEED)  # noqa: S311 - an order of turns, no secret
    series: Series = {turn: Samples() for turn in turns}
    for _ in range(rounds):
        for name, view in order.sample(turns, len(turns)):
            answer = workers[name].ask(PEERS[name][view].order(calls=calls))
            series[name, view].walls_us.append(answer["wall_us"])
            series[name, view].cpus_us.append(answer["cpu_us"])
    return series


def _result(series: Series, *, rounds: int) -> Result:
    figures = {f"{name}.{view}": samples.figure(worker=name, view=view) for (name, view), samples in series.items()}
    floor_us = noise_floor_us(series["ours", ONE_QUERY].medians_us(), series["none", ONE_QUERY].medians_us())
    found, notes = ratios(figures, floor_us=floor_us)
    notes.append(_added(figures))
    return Result(
        name="routing",
        rounds=rounds,
        figures=list(figures.values()),
        ratios=found,
        targets=dict(TARGETS),
        machine=machine(),
        notes=notes,
    )


def _added(figures: Mapping[str, Figure]) -> str:
    parts = [
        f"{view} {figures[f'stock.{view}'].wall_p50_us - figures[f'none.{view}'].wall_p50_us:+,.0f} / "
        f"{figures[f'ours.{view}'].wall_p50_us - figures[f'none.{view}'].wall_p50_us:+,.0f}"
        for view in PLAIN_VIEWS
    ]
    return f"Added by routing, µs wall, stock / ours: {', '.join(parts)}. {TENANTS} tenants; no tenant is asked twice in a row."
