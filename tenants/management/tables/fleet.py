"""The fleet as tables."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tenants.fleet.planning import Order, Plan, Stand
from tenants.fleet.rings import Ring
from tenants.management.tables.parts import coloured, headed
from tenants.models import FleetResult, FleetRun
from tenants.queries import FleetCounts

ORDERS = {
    Order.ANY: "Code and tables may change in any order, while the product runs.",
    Order.TABLES_FIRST: "Migrate first, while the old code serves; then change the code.",
    Order.STOPPED: "Old code does not work on the new tables: stop the product, migrate, start the new code.",
}


def of_stand(stand: Stand) -> Table:
    """One line per cell."""
    table = headed("Cell", "Current", "Behind", "Ahead", "Missing", "Fault")
    for cell in stand.cells:
        table.add_row(cell.cell, str(cell.current), str(cell.behind), str(cell.ahead), str(cell.missing), escape(cell.fault))
    return table


def of_plan_of_fleet(plan: Plan) -> RenderableType:
    """What would run, line by line, with its warnings."""
    if not plan.steps:
        return Group(of_stand(plan.stand), Text("Every schema that answers is in the state of the code."))
    table = headed("Migration", "Schemas", "Way", "Why")
    for planned in plan.steps:
        table.add_row(
            f"{planned.step.app}.{planned.step.name}", str(planned.schemas), planned.step.way.value, escape(planned.step.why)
        )
    rings = ", ".join(f"{ring.word} {size}" for ring, size in plan.rings.items())
    warnings = [
        Text(f"{planned.step.app}.{planned.step.name} breaks old code: {contraction}" + (f" ({excuse})" if excuse else ""))
        for planned in plan.steps
        for excuse in (planned.step.excuse,)
        for contraction in planned.step.contracts
    ]
    return Group(
        of_stand(plan.stand),
        table,
        *warnings,
        Text(f"Rings: {rings}. About {plan.estimate_s:.0f} s."),
        Text(ORDERS[plan.order]),
    )


def of_fleet_runs(rows: Iterable[tuple[FleetRun, FleetCounts]]) -> Table:
    """One line per run."""
    table = headed("Run", "State", "Until", "Done", "Failed", "Waiting", "Begun")
    for run, counts in rows:
        begun = f"{run.created_at:%Y-%m-%d %H:%M:%S}"
        numbers = (str(counts.done), str(counts.failed), str(counts.waiting))
        table.add_row(run.public_id, coloured(run.state), run.options["until"], *numbers, begun)
    return table


def of_fleet_run(run: FleetRun, *, counts: FleetCounts, failed: Iterable[FleetResult]) -> RenderableType:
    """One run, and what failed in it."""
    parts: list[RenderableType] = [of_fleet_runs([(run, counts)])]
    if run.problem:
        parts.append(Text(run.problem))
    table = headed("Failed", "Ring", "Cell", "Why")
    for row in failed:
        table.add_row(escape(row.label), Ring(row.ring).word, row.cell, escape(row.error))
    return Group(*parts, *([table] if table.row_count else []))
