"""What a benchmark found: for machines one JSON object, for people two tables."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio should be: `bound` is AT_LEAST or AT_MOST."""

    bound: str
    value: float

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio is on the right side."""
        return ratio >= self.value if self.bound == AT_LEAST else ratio <= self.value


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured row. Times are microseconds per request: wall median and 95th percentile, median CPU of the Python process."""

    worker: str
    view: str
    wall_p50_us: float
    wall_p95_us: float
    cpu_p50_us: float
    requests: int

    @property
    def name(self) -> str:
        """Key in the JSON object: `worker.view`."""
        return f"{self.worker}.{self.view}"

    def document(self) -> dict[str, float | int]:
        """The row for machines."""
        return {
            "wall_p50_us": round(self.wall_p50_us, 1),
            "wall_p95_us": round(self.wall_p95_us, 1),
            "cpu_p50_us": round(self.cpu_p50_us, 1),
            "requests": self.requests,
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured row in any unit: median and 95th percentile of `count` samples, such as milliseconds per tenant."""

    name: str
    unit: str
    median: float
    p95: float
    count: int

    @classmethod
    def of(cls, name: str, samples: Sequence[float], *, unit: str) -> "Measure":
        """The row of these samples; at least one."""
        ranked = sorted(samples)
        return cls(name, unit, statistics.median(ranked), ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], len(ranked))

    def document(self) -> dict[str, float | int | str]:
        """The row for machines."""
        return {"unit": self.unit, "median": round(self.median, 3), "p95": round(self.p95, 3), "count": self.count}


@dataclass(frozen=True, slots=True)
class Result:
    """A finished benchmark. `ratios` have a Target each where one was promised; `notes` are sentences about this very run."""

    name: str
    rounds: int
    figures: Sequence[Figure | Measure]
    ratios: dict[str, float]
    targets: dict[str, Target]
    machine: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The whole result as plain data."""
        return {
            "name": self.name,
            "ratios": {name: round(ratio, 3) for name, ratio in self.ratios.items()},
            "targets": {
                name: {"bound": target.bound, "value": target.value, "met": target.is_met(self.ratios[name])}
                for name, target in self.targets.items()
            },
            "figures": {figure.name: figure.document() for figure in self.figures},
            "rounds": self.rounds,
            "notes": self.notes,
            "machine": self.machine,
        }

    def tables(self) -> RenderableType:
        """The whole result for a person."""
        timed = [figure for figure in self.figures if isinstance(figure, Figure)]
        measured = [figure for figure in self.figures if isinstance(figure, Measure)]
        tables = [*([self._figures(timed)] if timed else []), *([self._measures(measured)] if measured else [])]
        return Group(*tables, self._ratios(), *(f"[dim]{note}[/]" for note in self.notes))

    def _measures(self, measures: Sequence[Measure]) -> Table:
        table = Table(title=f"bench {self.name}: {self.rounds} rounds", title_justify="left")
        table.add_column("measured")
        for heading in ("median", "p95", "samples"):
            table.add_column(heading, justify="right")
        table.add_column("unit")
        for measure in measures:
            table.add_row(measure.name, f"{measure.median:,.2f}", f"{measure.p95:,.2f}", f"{measure.count:,}", measure.unit)
        return table

    def _figures(self, figures: Sequence[Figure]) -> Table:
        table = Table(title=f"bench {self.name}: µs per request, {self.rounds} rounds", title_justify="left")
        for heading in ("worker", "view"):
            table.add_column(heading)
        for heading in ("wall p50", "wall p95", "CPU p50", "requests"):
            table.add_column(heading, justify="right")
        for figure in figures:
            table.add_row(
                figure.worker,
                figure.view,
                f"{figure.wall_p50_us:,.0f}",
                f"{figure.wall_p95_us:,.0f}",
                f"{figure.cpu_p50_us:,.0f}",
                f"{figure.requests:,}",
            )
        return table

    def _ratios(self) -> Table:
        table = Table(title="ratios", title_justify="left")
        table.add_column("ratio")
        table.add_column("measured", justify="right")
        table.add_column("target")
        for name, ratio in self.ratios.items():
            target = self.targets.get(name)
            promised = "" if target is None else f"{target.bound} {target.value:g}"
            colour = "" if target is None else "[green]" if target.is_met(ratio) else "[red]"
            table.add_row(name, f"{colour}{ratio:.2f}", promised)
        return table


def machine() -> dict[str, Any]:
    """What the run depended on; no host name and no address."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("django", "djangorestframework", "psycopg", "django-tenants")},
    }


def _processor() -> str:
    description = Path("/proc/cpuinfo")
    if description.is_file():
        for line in description.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
