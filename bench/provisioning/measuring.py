"""The benchmark `provisioning`: both sides in one run on one server, in turn, with as many schemas already there on each side."""

import random
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench import installation, services
from bench.effort import Effort
from bench.fleet.catalogue import releases
from bench.results import AT_LEAST, Measure, Result, Target, machine
from bench.workers import Worker

SCHEMAS, FULL_SCHEMAS = 12, 200
ROUNDS, FULL_ROUNDS = 5, 15
SEED = 20261121
WITHIN_S = 1800.0
OURS, STOCK = "bench.provisioning.ours", "bench.provisioning.stock"
TARGETS = {
    "stock_migrate_over_claim": Target(AT_LEAST, 50),
    "stock_clone_over_claim": Target(AT_LEAST, 50),
    "stock_migrate_over_build": Target(AT_LEAST, 5),
}
SPENT = 4
"""Spares that one round takes."""

TURNS = {
    "stock_migrate": ("migrate", f"{STOCK}.add", "m_{}"),
    "stock_clone": ("clone", f"{STOCK}.add", "c_{}"),
    "build": ("ours", f"{OURS}.build", "built-{}"),
    "claim": ("ours", f"{OURS}.claim", "taken-{}"),
    "create": ("ours", f"{OURS}.create", "made-{}"),
    "create_by_api": ("ours", f"{OURS}.create_by_api", "posted-{}"),
    "create_by_command": ("ours", f"{OURS}.create_by_command", "typed-{}"),
}

Progress = Callable[[str], None]


def run(effort: Effort, progress: Progress) -> Result:
    """Fill both sides, warm them up with one tenant each, then measure one tenant of each way per round, in shuffled turns."""
    rounds = effort.rounds or (FULL_ROUNDS if effort.is_full else ROUNDS)
    schemas = effort.tenants or (FULL_SCHEMAS if effort.is_full else SCHEMAS)
    with services.running() as addresses, ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="freehold-bench-log-")))
        database = {f"BENCH_DATABASE_{field}": value for field, value in services.add_database(addresses, "bench_stock").items()}
        database["PYTHONPATH"] = releases.import_path(stack, count=0)
        mine = installation.worker(
            addresses, log=logs / "ours", settings="bench.provisioning.settings.ours", PYTHONPATH=database["PYTHONPATH"]
        )
        workers = {"ours": stack.enter_context(mine)}
        for name in ("migrate", "clone"):
            settings = f"bench.provisioning.settings.{name}"
            workers[name] = stack.enter_context(
                installation.worker(addresses, log=logs / name, name=name, settings=settings, **database)
            )
        _fill(workers, schemas=schemas, progress=progress)
        samples = _measure(workers, rounds=rounds, progress=progress)
    return _result(samples, rounds=rounds, schemas=schemas)


def _fill(workers: dict[str, Worker], *, schemas: int, progress: Progress) -> None:
    workers["ours"].do("bench.tenants_of_ours.establish")
    progress(f"making {schemas} tenants on our side")
    installation.fill(workers["ours"], count=schemas)
    workers["migrate"].do(f"{STOCK}.establish")
    # The first one is the base of the clones, made by the migrations; the others only have to be there.
    workers["migrate"].do(f"{STOCK}.add", names=["t_base"])
    workers["migrate"].do(f"{STOCK}.uncut", name="t_base")
    progress(f"making {schemas} schemas on the side of django-tenants")
    for start in range(1, schemas, 10):
        names = [f"t_{number:04}" for number in range(start, min(start + 10, schemas))]
        workers["clone"].do(f"{STOCK}.add", names=names, within_s=WITHIN_S)


def _measure(workers: dict[str, Worker], *, rounds: int, progress: Progress) -> dict[str, list[float]]:
    workers["ours"].do(f"{OURS}.spare", count=SPENT * (rounds + 1), within_s=WITHIN_S)
    order = random.Random(SEED)  # noqa: S311 - an order of turns, no secret
    samples: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        progress("warming up" if number == 0 else f"round {number} of {rounds}")
        for turn in order.sample(sorted(TURNS), len(TURNS)):
            name, call, pattern = TURNS[turn]
            (elapsed_ms,) = workers[name].do(call, names=[pattern.format(f"{number:03}")], within_s=WITHIN_S)
            if number:
                samples[turn].append(elapsed_ms)
    return samples


def _result(samples: dict[str, list[float]], *, rounds: int, schemas: int) -> Result:
    figures = {name: Measure.of(name, samples[name], unit="ms") for name in TURNS}
    medians = {name: figure.median for name, figure in figures.items()}
    ratios = {
        "stock_migrate_over_claim": medians["stock_migrate"] / medians["claim"],
        "stock_clone_over_claim": medians["stock_clone"] / medians["claim"],
        "stock_migrate_over_build": medians["stock_migrate"] / medians["build"],
        "stock_migrate_over_create": medians["stock_migrate"] / medians["create"],
    }
    return Result(
        name="provisioning",
        rounds=rounds,
        figures=list(figures.values()),
        ratios=ratios,
        targets=dict(TARGETS),
        machine=machine(),
        notes=[
            f"{schemas} schemas were there on each side before the first round.",
            f"The whole action with a spare, seen by the caller: median {medians['create']:.1f} ms, p95 {figures['create'].p95:.1f} ms.",
        ],
    )
