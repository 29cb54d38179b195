"""Changing many people at once: start from a file, rehearse, work off row by row, take back.

A row and what came of it are written in one transaction, so a worker that dies loses nothing and does nothing twice: whoever takes over goes on with
the rows that still wait. Each person is changed by the same action as singly, in the name of whoever started the run.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final
from uuid import UUID

from audit import actions as audit
from identity import events, inputs, queries, step_up
from identity.actions import bulk_rows, bulk_undo
from identity.bulk import askers
from identity.bulk.kinds import UNDO, Kind, RowOutcome
from identity.bulk.reading import Row
from identity.models import BulkRow, BulkRun
from identity.permissions import Permission
from identity.problems import BulkRunState, BulkRunUndone
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Problem, Unavailable
from operations import actions as operations
from operations import attempts, progress
from operations.models import Operation

BATCH: Final = 200
BEAT_EVERY: Final = 20
STEPS: Final = ["Work off the rows"]
NEEDS_REASON: Final = (Kind.SUSPEND, Kind.DEACTIVATE)
LABELS: Final = {
    Kind.INVITE: "Invite people",
    Kind.CHANGE: "Change people",
    Kind.SUSPEND: "Suspend people",
    Kind.RESUME: "Resume people",
    Kind.DEACTIVATE: "Deactivate people",
}


class _Rehearsed(Exception):
    """Takes the change of a row back and brings out what came of it."""

    def __init__(self, worked: bulk_rows.Worked) -> None:
        super().__init__()
        self.worked = worked


@tenancy.atomic
def start_bulk(kind: str, *, rows: Iterable[Row], reason: str = "", file_name: str = "", actor: Actor) -> BulkRun:
    """Queue a change to the people of a file; `reason` stands for rows of suspend and deactivate that give none.

    Raises Forbidden, InputInvalid, StepUpNeeded.
    """
    return _started(_kind(kind), rows=rows, settings={"reason": reason}, file_name=file_name, actor=actor)


@tenancy.atomic
def rehearse_bulk(kind: str, *, rows: Iterable[Row], reason: str = "", file_name: str = "", actor: Actor) -> BulkRun:
    """Queue a rehearsal: every row is done and taken back at once, so that its outcome is the true one and nobody changes.

    Rows are tried one by one, each as if it were the only one. Raises as `start_bulk`.
    """
    return _started(_kind(kind), rows=rows, settings={"reason": reason}, file_name=file_name, is_rehearsal=True, actor=actor)


@tenancy.atomic
def execute_bulk(id: UUID, *, actor: Actor) -> BulkRun:  # noqa: A002  (the word of the URL and of the API)
    """Do what a finished rehearsal tried, as a run of its own with the same rows.

    Raises Forbidden, BulkRunNotFound, BulkRunState, StepUpNeeded.
    """
    actor.require(Permission.BULK_PEOPLE)
    rehearsal = queries.bulk_run_for_update(id)
    state = queries.bulk_standing(rehearsal).state
    if not rehearsal.is_rehearsal or state != "succeeded":
        raise BulkRunState("Only a rehearsal that came to its end can be done for real.", state=state)
    rows = [Row(row.number, row.given) for row in BulkRow.objects.filter(run=rehearsal).order_by("number")]
    settings = {"reason": rehearsal.settings.get("reason", "")}
    return _started(Kind(rehearsal.kind), rows=rows, settings=settings, file_name=rehearsal.file_name, actor=actor)


@tenancy.atomic
def undo_bulk(id: UUID, *, actor: Actor) -> BulkRun:  # noqa: A002
    """Queue that a run which is over be taken back, row by row; people who changed since stay as they are, and their rows say so.

    Invitations are withdrawn, names, roles and teams put back, suspended people resumed, resumed ones suspended, deactivated ones reinstated.
    Raises Forbidden, BulkRunNotFound, BulkRunState, BulkRunUndone, StepUpNeeded.
    """
    actor.require(Permission.BULK_PEOPLE)
    run = queries.bulk_run_for_update(id)
    undone_by = queries.bulk_undone_by(run)
    if undone_by is not None:
        raise BulkRunUndone("Look at the run that took it back.", undone_by=undone_by.public_id)
    standing = queries.bulk_standing(run)
    if run.is_rehearsal or run.kind == UNDO or not standing.is_over:
        raise BulkRunState("Only a run that changed people and is over can be taken back.", state=standing.state)
    done = BulkRow.objects.filter(run=run, outcome=RowOutcome.DONE).order_by("number")
    undo = _new_run(UNDO, settings={"reason": f"Undo of {run.public_id}", "of": run.kind}, file_name=run.file_name, actor=actor)
    undo.undoes = run
    rows = [BulkRow(run=undo, number=row.number, given=row.given, person_id=row.person_id, before=row.before) for row in done]
    return _queued(undo, rows=rows, label=f"Undo: {LABELS[Kind(run.kind)].lower()}", actor=actor)


def work_on_bulk(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a run until its rows are done, it has failed, was cancelled, or is another worker's. Raises Forbidden."""
    actor.require(Permission.BULK_PEOPLE)
    attempts.work(operation_id, perform=partial(_work, actor=actor), actor=actor)


def _started(
    kind: Kind, *, rows: Iterable[Row], settings: dict[str, Any], file_name: str, is_rehearsal: bool = False, actor: Actor
) -> BulkRun:
    actor.require(Permission.BULK_PEOPLE)
    found = list(rows)
    if kind in NEEDS_REASON and any(not row.cells.get("reason") for row in found):
        settings = {**settings, "reason": inputs.reason(str(settings["reason"]))}
    run = _new_run(kind, settings=settings, file_name=file_name, actor=actor)
    run.is_rehearsal = is_rehearsal
    label = f"{LABELS[kind]}{' (rehearsal)' if is_rehearsal else ''}"
    return _queued(run, rows=[BulkRow(run=run, number=row.number, given=row.cells) for row in found], label=label, actor=actor)


def _kind(text: str) -> Kind:
    try:
        return Kind(text)
    except ValueError as fault:
        raise inputs.refuse("/kind", code="unknown_kind", detail=f"Take one of: {', '.join(Kind)}.") from fault


def _new_run(kind: str, *, settings: dict[str, Any], file_name: str, actor: Actor) -> BulkRun:
    # The rows are worked off later and without a browser, so the fresh proof is asked for now, for all of them.
    actor.require(Permission.WRITE_PEOPLE)
    step_up.require_recent(actor)
    return BulkRun(
        kind=str(kind),
        file_name=_plain_name(file_name),
        settings={**settings, "actor": askers.noted(actor)},
        created_by=actor.id[:80],
        created_by_label=actor.label[:254],
    )


def _queued(run: BulkRun, *, rows: list[BulkRow], label: str, actor: Actor) -> BulkRun:
    run.operation_id = operations.start(
        queries.BULK,
        key=f"{queries.BULK}:{run.id}",
        subject=run.public_id,
        label=label,
        steps=STEPS,
        arguments={"run_id": str(run.id)},
        actor=actor,
    ).id
    run.save(force_insert=True)
    BulkRow.objects.bulk_create(rows, batch_size=1_000)
    undoes = "" if run.undoes is None else run.undoes.public_id
    event = events.BulkStarted(subject=run.public_id, kind=run.kind, rows=len(rows), is_rehearsal=run.is_rehearsal, undoes=undoes)
    audit.record(event, actor=actor)
    return run


def _work(operation: Operation, *, actor: Actor) -> None:
    run = queries.bulk_run(UUID(operation.arguments["run_id"]))
    undone_by = queries.bulk_undone_by(run)
    if undone_by is not None:  # a failed run was taken back and its operation resumed afterwards
        raise BulkRunUndone("It was taken back; send the file again instead.", undone_by=undone_by.public_id)
    total = max(1, BulkRow.objects.filter(run=run).count())
    while batch := list(BulkRow.objects.filter(run=run, outcome=RowOutcome.WAITING).order_by("number")[:BATCH]):
        left = BulkRow.objects.filter(run=run, outcome=RowOutcome.WAITING).count()
        for place, row in enumerate(batch):
            if place % BEAT_EVERY == 0:
                progress.beat(operation, detail_percent=100 * (total - left + place) // total)
            _work_row(run, row=row, actor=_asker(run))
    progress.step_done(operation)
    counts = _finish(run, actor=_asker_or(run, otherwise=actor))
    operations.succeed(operation.id, result={"run": run.public_id, **counts}, secrets={}, actor=actor)


def _asker(run: BulkRun) -> Actor:
    """Who started a run, with what they may do at this moment. Raises BulkAskerGone."""
    return askers.restored(run.settings["actor"])  # type: ignore[arg-type]  # noted by `_new_run`


def _asker_or(run: BulkRun, *, otherwise: Actor) -> Actor:
    """Who started a run, for its last event; the worker when they have no access any more."""
    try:
        return _asker(run)
    except Problem:
        return otherwise


def _work_row(run: BulkRun, *, row: BulkRow, actor: Actor) -> None:
    """Do one row, or write why it was refused. A row that is not waiting any more was done by another worker."""
    try:
        with tenancy.atomic():
            locked = BulkRow.objects.select_for_update().get(pk=row.pk)
            if locked.outcome == RowOutcome.WAITING:
                _note(locked, _worked(run, row=locked, actor=actor))
    except _Rehearsed as rehearsed:
        _note(row, rehearsed.worked, is_rehearsal=True)
    except Unavailable:
        raise  # it may pass: the run waits for it, and the row with it
    except Problem as refusal:
        row.outcome, row.detail = RowOutcome.REFUSED, _told(refusal)
        row.save(update_fields=["outcome", "detail"])


def _worked(run: BulkRun, *, row: BulkRow, actor: Actor) -> bulk_rows.Worked:
    reason = str(run.settings["reason"])
    if run.kind == UNDO:
        return bulk_undo.take_back(Kind(str(run.settings["of"])), row=row, reason=reason, actor=actor)
    worked = bulk_rows.work(Kind(run.kind), bulk_rows.Asked(row.given, reason, actor))
    if run.is_rehearsal:
        raise _Rehearsed(worked)
    return worked


def _note(row: BulkRow, worked: bulk_rows.Worked, *, is_rehearsal: bool = False) -> None:
    row.outcome, row.detail, row.before = worked.outcome, worked.detail, worked.before
    # Whom a rehearsal invited has gone again with it.
    row.person_id = None if is_rehearsal else worked.person.id
    row.save(update_fields=["outcome", "detail", "before", "person_id"])


@tenancy.atomic
def _finish(run: BulkRun, *, actor: Actor) -> dict[str, int]:
    counts = queries.bulk_counts(run)
    if run.finished_at is None:
        run.finished_at = clock.now()
        run.save(update_fields=["finished_at"])
        event = events.BulkFinished(
            subject=run.public_id,
            kind=run.kind,
            is_rehearsal=run.is_rehearsal,
            done=counts["done"],
            unchanged=counts["unchanged"],
            refused=counts["refused"],
            skipped=counts["skipped"],
        )
        audit.record(event, actor=actor)
    return counts


def _told(refusal: Problem) -> str:
    """Why a row was refused, in one line: the fault of a field where one is named."""
    faults = refusal.fields.get("errors") or [{"detail": refusal.detail}]
    return str(faults[0]["detail"])[:500]


def _plain_name(text: str) -> str:
    """A file's name without its folder and without what cannot be shown."""
    last = text.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:200]
