"""Runs that bring all tenants to the state of the code: started, paused, resumed, cancelled. The work itself is in `fleet_work`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from kernel import clock, problems, tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.problems import Problem
from operations import actions as operations
from operations import queries as operation_queries
from tenants import advisory, events, operators, outbox, queries, template
from tenants.fleet import ledger, states
from tenants.fleet.rings import WORDS, Ring
from tenants.models import Cell, FleetRun, RunState, Tenant
from tenants.permissions import Permission
from tenants.problems import FleetBusy, FleetOptionsInvalid, FleetRunOutdated, FleetRunState, PlatformBehind
from tenants.queries import MIGRATING

STEPS = ("Compare the tables with the code", "Spares", "Canaries", "One in a hundred", "All others", "Look once more")
JOBS_MAXIMUM = 16


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def start_fleet_run(
    *, until: str = Ring.REST.word, jobs: int = 2, canaries: Sequence[str] = (), cells: Sequence[str] = (), actor: Actor
) -> FleetRun:
    """Queue a migration of all tenants, or of those in some cells, to the state of the code.

    `until` is the last ring: the run pauses after it. `canaries` are slugs of tenants that go first, with platform and those whose
    setting `canary` says so; `jobs` is the number of workers per cell, 1 to 16. Raises RegistryClosed, Forbidden, FleetOptionsInvalid, FleetBusy, PlatformBehind.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    _check(until=until, jobs=jobs, canaries=canaries, cells=cells)
    if states.behind([queries.platform().ref()]):
        raise PlatformBehind(
            "Run `manage.py setup --without-tenants` with the new code first; it migrates the registry and platform."
        )
    advisory.hold_in_home(advisory.OPENING_RUNS)
    _require_no_open_run()
    options = {"until": until, "jobs": jobs, "canaries": sorted({*canaries, *queries.canaries()}), "cells": list(cells), "go": 1}
    run = FleetRun.objects.create(target=template.current_state(), options=options)
    _go(run, events.FleetRunStarted(subject=run.public_id, subject_label=_label(run), target=run.target, until=until), actor=actor)
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def pause_fleet_run(run_id: UUID, *, reason: str = "", expected_version: int | None = None, actor: Actor) -> FleetRun:
    """Stop a run after the schemas that are being migrated now, within a second.

    Idempotent: a paused run stays as it is. Raises RegistryClosed, Forbidden, FleetRunNotFound, FleetRunState, PreconditionFailed.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.fleet_run_for_update(run_id)
    problems.require_version(run, expected=expected_version)
    if run.state == RunState.PAUSED:
        return run
    _require_state(run, RunState.RUNNING, wanted="paused")
    _enter(run, RunState.PAUSED)
    _record(events.FleetRunPaused(subject=run.public_id, subject_label=_label(run), reason=reason[:200]), actor=actor)
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def resume_fleet_run(run_id: UUID, *, until: str = Ring.REST.word, expected_version: int | None = None, actor: Actor) -> FleetRun:
    """Let a paused or failed run go on, up to the ring `until`; schemas that had failed are tried again.

    Idempotent: a run that is at work stays as it is. Raises RegistryClosed, Forbidden, FleetOptionsInvalid, FleetRunNotFound, FleetRunState,
    FleetRunOutdated, FleetBusy, PreconditionFailed.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    _check(until=until, jobs=1, canaries=(), cells=())
    advisory.hold_in_home(advisory.OPENING_RUNS)
    run = queries.fleet_run_for_update(run_id)
    problems.require_version(run, expected=expected_version)
    if run.state == RunState.RUNNING:
        return run
    _require_state(run, RunState.PAUSED, RunState.FAILED, wanted="resumed")
    if run.target != template.current_state():
        raise FleetRunOutdated("Start a new run; it leaves out what is done.", run=run.public_id)
    _require_no_open_run(besides=run)
    retried = ledger.reopen_failed(run)
    run.options |= {"until": until, "go": run.options["go"] + 1}
    _enter(run, RunState.RUNNING)
    _go(run, events.FleetRunResumed(subject=run.public_id, subject_label=_label(run), retried=retried, until=until), actor=actor)
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def cancel_fleet_run(run_id: UUID, *, expected_version: int | None = None, actor: Actor) -> FleetRun:
    """Give a run up. Schemas that are done stay done; a later run goes on from there.

    Idempotent: a cancelled run stays as it is. Raises RegistryClosed, Forbidden, FleetRunNotFound, FleetRunState, PreconditionFailed.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.fleet_run_for_update(run_id)
    problems.require_version(run, expected=expected_version)
    if run.state == RunState.CANCELLED:
        return run
    _require_state(run, RunState.RUNNING, RunState.PAUSED, RunState.FAILED, wanted="cancelled")
    _enter(run, RunState.CANCELLED)
    _record(events.FleetRunCancelled(subject=run.public_id, subject_label=_label(run)), actor=actor)
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def complete_fleet_run(run_id: UUID, *, actor: Actor) -> FleetRun:
    """Close a run whose schemas are all in the state of the code. Idempotent: only a run that is at work is closed."""
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.fleet_run_for_update(run_id)
    if run.state != RunState.RUNNING:
        return run
    _enter(run, RunState.SUCCEEDED)
    done = queries.fleet_counts(run.id).done
    _record(events.FleetRunSucceeded(subject=run.public_id, subject_label=_label(run), migrated=done), actor=actor)
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def fail_fleet_run(run_id: UUID, *, problem: Problem, actor: Actor) -> FleetRun:
    """Close a run that was stopped by failures. Idempotent: only a run that is at work is closed."""
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.fleet_run_for_update(run_id)
    if run.state != RunState.RUNNING:
        return run
    run.problem = problem.detail[:1000]
    _enter(run, RunState.FAILED)
    counts = queries.fleet_counts(run.id)
    _record(
        events.FleetRunFailed(
            subject=run.public_id,
            subject_label=_label(run),
            problem=problem.detail[:500],
            migrated=counts.done,
            failed=counts.failed,
        ),
        actor=actor,
    )
    return run


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def retake_fleet_run(run_id: UUID, *, actor: Actor) -> FleetRun:
    """Let a failed run go on in the operation that it has, because that was resumed; schemas that had failed are tried again.

    Idempotent: only a failed run is taken up. Raises FleetBusy.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    advisory.hold_in_home(advisory.OPENING_RUNS)
    run = queries.fleet_run_for_update(run_id)
    if run.state != RunState.FAILED:
        return run
    _require_no_open_run(besides=run)
    retried = ledger.reopen_failed(run)
    _enter(run, RunState.RUNNING)
    until = run.options["until"]
    _record(events.FleetRunResumed(subject=run.public_id, subject_label=_label(run), retried=retried, until=until), actor=actor)
    return run


def continue_fleet_run(*, actor: Actor) -> FleetRun:
    """The run that brings everybody to the state of this code, started or let go on. A run for other code is given up for it.

    Idempotent: a run that is at work stays as it is. Raises what starting and resuming raise.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.open_fleet_run()
    if run is not None and run.target != template.current_state():
        cancel_fleet_run(run.id, actor=actor)
        run = None
    if run is None:
        return start_fleet_run(actor=actor)
    return resume_fleet_run(run.id, actor=actor)


def settle_fleet_run(*, actor: Actor) -> bool:
    """Close a run whose operation ended without it: cancelled, or failed before it could say so. Platform is active.

    Idempotent; whether there was one. Raises RegistryClosed, Forbidden.
    """
    operators.require(Permission.WRITE_FLEET, actor=actor)
    run = queries.open_fleet_run()
    if run is None or run.state != RunState.RUNNING:
        return False
    operation = operation_queries.by_key(_key(run))
    if operation is None or not operation.is_over or operation.state == "succeeded":
        return False
    if operation.state == "cancelled":
        cancel_fleet_run(run.id, actor=actor)
        return True
    detail = str((operation.problem or {}).get("detail", "Its operation failed."))
    fail_fleet_run(run.id, problem=FleetRunState(detail), actor=actor)
    return True


def _go(run: FleetRun, event: Event, *, actor: Actor) -> None:
    """Start the operation that works on the run, and tell of it."""
    plan = _plan(run)
    operation = operations.start(**plan, actor=actor)
    run.operation = operation.public_id
    run.save(update_fields=("operation", "options"))
    outbox.record(event, actor=actor, tenant_id=None, operation=plan)


def _plan(run: FleetRun) -> dict[str, Any]:
    """The arguments of `operations.start`. Each time that a run is let go has an operation of its own."""
    return {
        "kind": MIGRATING,
        "key": _key(run),
        "subject": run.public_id,
        "label": _label(run),
        "steps": list(STEPS),
        "arguments": {"run_id": str(run.id), "go": run.options["go"]},
    }


def _key(run: FleetRun) -> str:
    return f"{MIGRATING}:{run.id}:{run.options['go']}"


def _label(run: FleetRun) -> str:
    return f"Migrate all tenants to {run.target[:12]}"


def _enter(run: FleetRun, state: RunState) -> None:
    run.state = state.value
    run.version += 1
    run.finished_at = None if state in {RunState.RUNNING, RunState.PAUSED} else clock.now()
    run.problem = run.problem if state is RunState.FAILED else ""
    run.save(update_fields=("state", "version", "finished_at", "problem"))


def _record(event: Event, *, actor: Actor) -> None:
    outbox.record(event, actor=actor, tenant_id=None)


def _require_state(run: FleetRun, *allowed: RunState, wanted: str) -> None:
    if run.state not in allowed:
        raise FleetRunState(f"The run is {run.state}; it cannot be {wanted} any more. Start a new one if need be.", state=run.state)


def _require_no_open_run(besides: FleetRun | None = None) -> None:
    run = queries.open_fleet_run()
    if run is not None and run != besides:
        raise FleetBusy(f"The run {run.public_id} is {run.state}. Wait for it, resume it or cancel it.", run=run.public_id)


def _check(*, until: str, jobs: int, canaries: Sequence[str], cells: Sequence[str]) -> None:
    if until not in WORDS:
        raise _invalid("/until", f"Choose one of {', '.join(WORDS)}.")
    if not 1 <= jobs <= JOBS_MAXIMUM:
        raise _invalid("/jobs", f"Give a number from 1 to {JOBS_MAXIMUM}.")
    unknown = set(cells) - set(Cell.objects.filter(name__in=cells).values_list("name", flat=True))
    if unknown:
        raise _invalid("/cells", f"There is no cell {', '.join(sorted(unknown))[:200]}.")
    strangers = set(canaries) - set(Tenant.objects.filter(slug__in=canaries).values_list("slug", flat=True))
    if strangers:
        raise _invalid("/canaries", f"There is no tenant {', '.join(sorted(strangers))[:200]}.")


def _invalid(pointer: str, detail: str) -> FleetOptionsInvalid:
    return FleetOptionsInvalid(detail, errors=[{"pointer": pointer, "code": "value", "detail": detail}])
