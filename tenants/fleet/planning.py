"""What a migration of the fleet would do now: which schemas are behind, what would run there, how, and in what order with the release."""

import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db import Error

from kernel.problems import Unavailable
from tenants import template
from tenants.fleet import states
from tenants.fleet.compiling import Script, Step, Way, compiled
from tenants.fleet.history import Applied, History
from tenants.fleet.members import Member, members
from tenants.fleet.rings import Ring, dealt
from tenants.models import Cell, FleetResult, ResultState

USUAL_MS = {Way.REPLAY: 20.0, Way.EXECUTOR: 1500.0}
"""What one schema takes where no run has told yet."""

LOOKED_AT = 500


class Order(StrEnum):
    """How the migration and the change of the code go together: in any order, tables first, or with the product stopped."""

    ANY = "any"
    TABLES_FIRST = "tables_first"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class CellStand:
    """How the schemas of one cell stand to the code. `fault` says why a cell could not be asked; its numbers are then 0."""

    cell: str
    fault: str = ""
    current: int = 0
    behind: int = 0
    ahead: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """One pending migration, and in how many schemas it is."""

    step: Step
    schemas: int

    def document(self) -> dict[str, object]:
        """As plain data: in the ledger, and for doors."""
        return {
            "migration": f"{self.step.app}.{self.step.name}",
            "way": self.step.way.value,
            "why": self.step.why,
            "contracts": list(self.step.contracts),
            "excuse": self.step.excuse,
            "needed": list(self.step.needed),
            "schemas": self.schemas,
        }


@dataclass(frozen=True, slots=True)
class Stand:
    """How the fleet stands to the code: `target` stands for the code's migrations, `behind` are the schemas that lack some."""

    target: str
    cells: tuple[CellStand, ...]
    behind: dict[Member, Applied] = field(repr=False)

    @property
    def faults(self) -> list[CellStand]:
        """The cells that could not be asked."""
        return [cell for cell in self.cells if cell.fault]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would run, in which rings, and how long that takes with some workers per cell."""

    stand: Stand
    steps: tuple[Planned, ...]
    rings: dict[Ring, int]
    estimate_s: float
    scripts: dict[tuple[str, Applied], Script] = field(repr=False)

    @property
    def order(self) -> Order:
        """What must be true of the code while the migration runs."""
        if any(planned.step.contracts and not planned.step.excuse for planned in self.steps):
            return Order.STOPPED
        return Order.TABLES_FIRST if any(planned.step.needed for planned in self.steps) else Order.ANY


def stand(cells: Collection[str] = ()) -> Stand:
    """How the fleet, or some cells of it, stand to the code: one statement per cell."""
    everybody = members(cells)
    found: list[CellStand] = []
    behind: dict[Member, Applied] = {}
    for cell in Cell.objects.order_by("name"):
        if not cells or cell.name in cells:
            in_cell = [member for member in everybody if member.cell == cell.name]
            here, late = _stand_of(cell.name, members=in_cell)
            found.append(here)
            behind |= late
    return Stand(target=template.current_state(), cells=tuple(found), behind=behind)


def plan(stand: Stand, *, canaries: Collection[str] = (), jobs: int) -> Plan:
    """What it takes to bring everybody who is behind to the state of the code. Compiles once per cell and state; changes nothing."""
    groups: dict[tuple[str, Applied], list[Member]] = {}
    for member, applied in stand.behind.items():
        groups.setdefault((member.cell, applied), []).append(member)
    scripts = {key: compiled(group[0], applied=key[1]) for key, group in groups.items()}
    sizes = [(scripts[key], len(group)) for key, group in groups.items()]
    rings = Counter(dealt(stand.behind, canaries=canaries).values())
    costs = {
        cell: sum(_cost_ms(scripts[key]) * len(group) for key, group in groups.items() if key[0] == cell) for cell, _ in groups
    }
    return Plan(
        stand=stand,
        steps=tuple(_merged(sizes)),
        rings={ring: rings[ring] for ring in Ring if rings[ring]},
        estimate_s=max(costs.values(), default=0.0) / 1000 / jobs,
        scripts=scripts,
    )


def _stand_of(cell: str, *, members: Sequence[Member]) -> tuple[CellStand, dict[Member, Applied]]:
    try:
        applied = states.in_cell(cell, members=members) if members else {}
    except (Error, Unavailable) as fault:
        return CellStand(cell=cell, fault=str(fault).splitlines()[0]), {}
    histories = {state: History(state) for state in set(applied.values())}
    late = {state for state, history in histories.items() if history.pending()}
    newer = {state for state, history in histories.items() if history.ahead()}
    counts = Counter("behind" if state in late else "ahead" if state in newer else "current" for state in applied.values())
    missing = sum(1 for member in members if member.must_exist and member not in applied)
    behind = {member: state for member, state in applied.items() if state in late}
    here = CellStand(cell=cell, current=counts["current"], behind=counts["behind"], ahead=counts["ahead"], missing=missing)
    return here, behind


def _merged(scripts: Iterable[tuple[Script, int]]) -> list[Planned]:
    """Each pending migration once; the slower way where cells or states differ in it."""
    merged: dict[tuple[str, str], Planned] = {}
    for script, size in scripts:
        for step in script.steps:
            key = step.app, step.name
            known = merged.get(key)
            if known is None:
                merged[key] = Planned(step=step, schemas=size)
            else:
                slower = step if step.way is Way.EXECUTOR else known.step
                merged[key] = replace(known, step=slower, schemas=known.schemas + size)
    return list(merged.values())


def _cost_ms(script: Script) -> float:
    """What one schema takes, by what runs have told: the slowest way, once for each migration that goes it."""
    slow = sum(1 for step in script.steps if step.way is Way.EXECUTOR)
    return _usual_ms(Way.EXECUTOR) * slow if slow else _usual_ms(Way.REPLAY)


def _usual_ms(way: Way) -> float:
    told = FleetResult.objects.filter(state=ResultState.DONE, way=way).order_by("-id").values_list("elapsed_ms", flat=True)
    elapsed = list(told[:LOOKED_AT])
    return float(statistics.median(elapsed)) if elapsed else USUAL_MS[way]
