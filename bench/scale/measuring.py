"""The benchmark `scale`: one process asks every tenant in turn, another always the same one, both warmed alike, in shuffled turns."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench import installation, services
from bench.effort import Effort
from bench.results import AT_MOST, Measure, Result, Target, machine
from bench.workers import Worker
from config.embedded import postgres
from config.embedded.addresses import Addresses

TENANTS, FULL_TENANTS = 40, 1000
ROUNDS = 8
CALLS = 160
WARM_PASSES = 2
AT_ONCE = 250
SEED = 20261121
WITHIN_S = 3600.0
TARGETS = {"p95_all_over_one": Target(AT_MOST, 1.5)}
REQUEST = {"path": "/v1/people", "method": "GET", "body": "", "names_tenant": True, "with_headers": True}
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'freehold' AND datname = 'cell_1'"
DATABASE = "cell_1"

Progress = Callable[[str], None]


def run(effort: Effort, progress: Progress) -> Result:
    """Make the tenants, warm both processes up, measure, and look at the memory of the database's processes."""
    count, rounds = effort.tenants or (FULL_TENANTS if effort.is_full else TENANTS), effort.rounds or ROUNDS
    with services.running() as addresses, ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-log-")))
        with installation.worker(addresses, log=logs / "making", settings="bench.scale.settings") as making:
            targets, create_s, bytes_each = _made(making, addresses=addresses, count=count, progress=progress)
        servers = {
            name: stack.enter_context(_serving(name, addresses=addresses, log=logs / name, targets=asked))
            for name, asked in (("all", targets), ("one", targets[-1:]))
        }
        progress("warming up")
        for server in servers.values():
            _ask(server, calls=max(WARM_PASSES * count, 64))
        samples = _measure(servers, rounds=rounds, progress=progress)
        held_mib = _held_mib(addresses)
    return _result(samples, rounds=rounds, count=count, create_s=create_s, bytes_each=bytes_each, held_mib=held_mib)


def _made(making: Worker, *, addresses: Addresses, count: int, progress: Progress) -> tuple[list[dict[str, Any]], float, float]:
    """The targets, the seconds that making the tenants took, and the bytes that each takes in its cell."""
    making.do("bench.tenants_of_ours.establish")
    before = _bytes(addresses)
    progress(f"making {count} tenants")
    started = time.monotonic()
    made = installation.fill(making, count=count, within_s=WITHIN_S)
    create_s = time.monotonic() - started
    bytes_each = (_bytes(addresses) - before) / count
    progress("letting their owners in")
    keys: dict[str, str] = {}
    for start in range(0, count, 20):
        tokens = {tenant["slug"]: tenant["token"] for tenant in made[start : start + 20]}
        keys |= making.do("bench.tenants_of_ours.give_keys", tokens=tokens, within_s=WITHIN_S)
    targets = [
        {
            "host": tenant["host"],
            "headers": {"HTTP_AUTHORIZATION": f"Bearer {keys[tenant['slug']]}"},
            "expected": f"owner@{tenant['slug']}.example",
        }
        for tenant in made
    ]
    return targets, create_s, bytes_each


def _bytes(addresses: Addresses) -> int:
    """The size of the cell's database, catalogs and all."""
    with postgres.connected_as_superuser(addresses, DATABASE) as connection:
        (size,) = connection.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
    return int(size)


@contextmanager
def _serving(name: str, *, addresses: Addresses, log: Path, targets: list[dict[str, Any]]) -> Iterator[Worker]:
    environment = {"FREEHOLD_VAR": str(addresses.var), "LOG_LEVEL": "ERROR", "ACCESS_LOG": "false"}
    server = Worker(name=name, settings=installation.SETTINGS, environment=environment, log=log)
    server.targets = targets
    try:
        server.start_serving(seed=SEED)
        yield server
    finally:
        server.stop()


def _ask(server: Worker, *, calls: int) -> list[float]:
    walls: list[float] = []
    while len(walls) < calls:
        walls += server.ask({**REQUEST, "calls": min(AT_ONCE, calls - len(walls))})["wall_us"]
    return walls


def _measure(servers: dict[str, Worker], *, rounds: int, progress: Progress) -> dict[str, list[float]]:
    order = random.Random(SEED)  # noqa: S311 - an order of turns, no secret
    samples: dict[str, list[float]] = {name: [] for name in servers}
    progress(f"measuring {rounds} rounds")
    for _ in range(rounds):
        for name in order.sample(sorted(servers), len(servers)):
            samples[name] += [wall_us / 1000 for wall_us in _ask(servers[name], calls=CALLS)]
    return samples


def _held_mib(addresses: Addresses) -> list[float]:
    """Private memory of each process that the database keeps for our connections to the cell."""
    with postgres.connected_as_superuser(addresses, DATABASE) as connection:
        pids = [int(pid) for (pid,) in connection.execute(BACKENDS).fetchall()]
    return [float(psutil.Process(pid).memory_full_info().uss) / 2**20 for pid in pids]


def _result(
    samples: dict[str, list[float]], *, rounds: int, count: int, create_s: float, bytes_each: float, held_mib: list[float]
) -> Result:
    figures = {name: Measure.of(name, walls, unit="ms") for name, walls in samples.items()}
    ratios = {
        "p95_all_over_one": figures["all"].p95 / figures["one"].p95,
        "create_s": create_s,
        "bytes_per_tenant": bytes_each,
        "median_all_over_one": figures["all"].median / figures["one"].median,
    }
    return Result(
        name="scale",
        rounds=rounds,
        figures=list(figures.values()),
        ratios=ratios,
        targets=dict(TARGETS),
        machine=machine(),
        notes=[
            f"{count} tenants were made in {create_s:.1f} s, {create_s * 1000 / count:.0f} ms each, by the product's own actions.",
            f"The largest of {len(held_mib)} database processes holds {max(held_mib):.0f} MiB of its own, all of them {sum(held_mib):.0f} MiB.",
        ],
    )
