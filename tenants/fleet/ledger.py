"""The ledger of a run: one row per schema, opened before the work and closed after it.

It tells people and picks up where a run was left; what is true of a schema stands in the schema itself. A row that a killed worker did not
close is found done by the next one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from kernel import clock
from tenants.fleet.members import Member
from tenants.fleet.rings import Ring
from tenants.models import FleetResult, FleetRun, ResultState

ERROR_MAXIMUM = 1000
FOUND, GONE = "found", "gone"
"""Beside the ways of `compiling.Way`: the schema was there already; or there is no such schema any more, because its tenant moved or ended."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one schema; `error` is empty when it is in the state of the code."""

    result_id: UUID
    way: str = ""
    attempts: int = 0
    elapsed_ms: int = 0
    error: str = ""


def open_rows(run: FleetRun, *, dealt: Mapping[Member, Ring]) -> None:
    """A waiting row for each member; one that has a row keeps it, unless it is done and was found behind again. Idempotent."""
    rows = [
        FleetResult(run=run, tenant_id=member.tenant_id, schema=member.schema, label=member.label, cell=member.cell, ring=ring)
        for member, ring in sorted(dealt.items(), key=lambda pair: pair[1])
    ]
    FleetResult.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    schemas = [member.schema for member in dealt]
    FleetResult.objects.filter(run=run, state=ResultState.DONE, schema__in=schemas).update(state=ResultState.WAITING)


def waiting(run: FleetRun, *, ring: Ring) -> list[FleetResult]:
    """The rows of a ring that are not closed, and those that were left open in rings before it."""
    return list(FleetResult.objects.filter(run=run, ring__lte=ring, state=ResultState.WAITING).order_by("ring", "id"))


def close_rows(outcomes: Iterable[Outcome]) -> None:
    """Note what became of some schemas."""
    now = clock.now()
    rows = [
        FleetResult(
            id=outcome.result_id,
            state=ResultState.FAILED if outcome.error else ResultState.DONE,
            way=outcome.way,
            attempts=outcome.attempts,
            elapsed_ms=outcome.elapsed_ms,
            error=outcome.error[:ERROR_MAXIMUM],
            finished_at=now,
        )
        for outcome in outcomes
    ]
    FleetResult.objects.bulk_update(rows, ["state", "way", "attempts", "elapsed_ms", "error", "finished_at"], batch_size=500)


def reopen_failed(run: FleetRun) -> int:
    """Let failed schemas wait again; how many."""
    return FleetResult.objects.filter(run=run, state=ResultState.FAILED).update(state=ResultState.WAITING, error="")
