"""The benchmark `leak`: how many reads of a wrong tenant, beside django-tenants, and what a connection of the server comes to hold."""

from collections.abc import Callable, Mapping
from typing import Any

from bench import services
from bench.effort import Effort
from bench.leak import scratch
from bench.results import AT_LEAST, AT_MOST, Measure, Result, Target, machine
from config.embedded.addresses import Addresses

TENANTS, FULL_TENANTS = 100, 200
LIMIT = 64
NO_LIMIT = 10_000
MORE = {
    "thread_rounds": 120,
    "pool_rounds": 60,
    "shelf_rounds": 60,
    "checkouts": 200,
    "raw_connections": 60,
    "hops": 12_000,
    "asked": 6_000,
    "tasks": 3_000,
}
"""What `--full` makes ten times as much of; otherwise it is as much as the tests do."""
STOCK_ORDER = {"hops": 1200, "checkouts": 300}
NOTE = """{tenants} tenants were visited in turn, every table of each. A backend is the server's process behind a connection; its memory is what
it shares with no other."""
TARGETS: Mapping[str, Target] = {
    "reads": Target(bound=AT_LEAST, value=10_000),
    "wrong": Target(bound=AT_MOST, value=0),
    "backend_mib": Target(bound=AT_MOST, value=200),
}

Progress = Callable[[str], None]


def run(effort: Effort, progress: Progress) -> Result:
    """Run the suite, the peer and the visits in one scratch installation. `--full` makes ten times the reads and visits twice the tenants, or `--tenants`."""
    rounds, tenants = effort.rounds or 1, effort.tenants or (FULL_TENANTS if effort.is_full else TENANTS)
    suites, stocks = [], []
    with services.running() as addresses:
        environment = {"FREEHOLD_VAR": str(addresses.var)}
        for number in range(rounds):
            progress(f"reading, {number + 1} of {rounds}")
            order: dict[str, Any] = {"size": MORE if effort.is_full else {}}
            if number == 0:
                order |= {"tenants": tenants, "limits": [LIMIT, NO_LIMIT]}
            suites.append(scratch.ask("bench.leak.ours", order, settings="config.settings", environment=environment))
            progress(f"reading through django-tenants, {number + 1} of {rounds}")
            stocks.append(_stock(addresses, number=number))
    return _result(suites, stocks=stocks, rounds=rounds, tenants=tenants)


def _stock(addresses: Addresses, *, number: int) -> dict[str, Any]:
    database = services.add_database(addresses, f"bench_stock_{number}")
    environment = {f"BENCH_DATABASE_{field}": value for field, value in database.items()}
    environment["FREEHOLD_VAR"] = str(addresses.var)
    return scratch.ask("bench.leak.stock", STOCK_ORDER, settings="bench.routing.settings.stock", environment=environment)


def _result(suites: list[dict[str, Any]], *, stocks: list[dict[str, Any]], rounds: int, tenants: int) -> Result:
    reads = sum(counts[0] for suite in suites for counts in suite["reads"].values())
    wrong = sum(counts[1] for suite in suites for counts in suite["reads"].values())
    held, connect_ms = suites[0]["held"], suites[0]["connect_ms"]
    return Result(
        name="leak",
        rounds=rounds,
        figures=[
            *_counted(suites),
            *_counted_of_stock(stocks),
            Measure.of(f"backend, at most {LIMIT} tenants each", held[str(LIMIT)], unit="MiB"),
            Measure.of("backend, any number", held[str(NO_LIMIT)], unit="MiB"),
            Measure.of("new connection and first answer", connect_ms, unit="ms"),
        ],
        ratios={
            "reads": float(reads),
            "wrong": float(wrong),
            "stock_wrong": float(sum(counts[1] for stock in stocks for counts in stock.values())),
            "stock_reads": float(sum(counts[0] for stock in stocks for counts in stock.values())),
            "backend_mib": max(held[str(LIMIT)]),
            "unlimited_backend_mib": max(held[str(NO_LIMIT)]),
        },
        targets=dict(TARGETS),
        machine=machine(),
        notes=[NOTE.format(tenants=tenants)],
    )


def _counted(suites: list[dict[str, Any]]) -> list[Measure]:
    return [
        Measure.of(f"wrong of {counts[0]} reads: {part}", [float(suite["reads"][part][1]) for suite in suites], unit="reads")
        for part, counts in suites[0]["reads"].items()
    ]


def _counted_of_stock(stocks: list[dict[str, Any]]) -> list[Measure]:
    return [
        Measure.of(f"wrong of {counts[0]} reads: django-tenants, {way}", [float(stock[way][1]) for stock in stocks], unit="reads")
        for way, counts in stocks[0].items()
    ]
