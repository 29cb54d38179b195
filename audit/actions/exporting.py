"""Exports: entries of the trail as a sealed file, written by a long job, fetched until they expire."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from audit import events, following, queries
from audit.actions.recording import record
from audit.exports import files, writing
from audit.exports.writing import Place
from audit.filters import Filters
from audit.formats import FORMATS
from audit.models import Export
from audit.permissions import Permission
from audit.problems import ExportNotReady, ExportRunning, ExportTooLarge
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid, NotFound
from operations import actions as operations
from operations import attempts, progress
from operations.models import Operation

KEPT = timedelta(days=files.KEPT_DAYS)
ROWS_MAXIMUM, BYTES_MAXIMUM = 5_000_000, 8 * 1024**3
STEPS = ["Write the entries", "Check the file"]
BEAT_EVERY = 20

log = structlog.get_logger(__name__)


@tenancy.atomic
def start_export(format: str, *, filters: Mapping[str, Any], actor: Actor) -> Export:  # noqa: A002  (the name that people use)
    """Queue an export of what is sealed now, in the order of `seq`; one is written at a time.

    Raises Forbidden, Invalid, ExportRunning.
    """
    actor.require(Permission.EXPORT)
    if format not in FORMATS:
        fault = {"pointer": "/format", "code": "invalid", "detail": f"Take one of: {', '.join(FORMATS)}."}
        raise Invalid("Correct the format.", errors=[fault])
    chosen = Filters.parse(filters).as_dict()
    queries.lock_exports()
    _require_none_running()
    until = following.log_size()
    export = Export(format=format, filters=chosen, asked_by=actor.label[:200])
    export.path = files.new_path(export.id)
    export.operation_id = operations.start(
        queries.EXPORTING,
        key=f"{queries.EXPORTING}:{export.id}",
        subject=export.public_id,
        label=f"Export of the audit trail as {format}",
        steps=STEPS,
        arguments={"export_id": str(export.id), "until": until},
        actor=actor,
    ).id
    export.save(force_insert=True)
    record(events.ExportStarted(subject=export.public_id, format=format, filters=chosen, until_seq=until), actor=actor)
    return export


def work_on_export(operation_id: UUID, *, actor: Actor) -> None:
    """Work on an export until its file is complete, it has failed, or it is somebody else's; goes on where a worker that died stopped.

    A fault that may pass leaves it to the sweep, which sends it again after its lease. Raises Forbidden.
    """
    actor.require(Permission.EXPORT)
    attempts.work(operation_id, perform=partial(_work, actor=actor), actor=actor)


@tenancy.atomic
def hand_out_export(export_id: UUID, *, actor: Actor) -> Export:
    """Note that somebody fetches the file of an export. Raises Forbidden, ExportNotFound, ExportNotReady."""
    actor.require(Permission.EXPORT)
    export = queries.export_for_update(export_id)
    state = queries.standings([export])[export.id].state
    if state != queries.READY:
        raise ExportNotReady("Wait until it is written, or start another: a file is kept for seven days.", state=state)
    event = events.ExportFetched(
        subject=export.public_id, format=export.format, row_count=export.row_count, size_bytes=export.size_bytes
    )
    record(event, actor=actor)
    return export


@tenancy.atomic
def remove_export(export_id: UUID, *, actor: Actor) -> Export:
    """Remove the file of an export, and end its job if that is still at work; the row stays as a record.

    Idempotent: one that was removed stays as it is and nothing is recorded. Raises Forbidden, ExportNotFound.
    """
    actor.require(Permission.EXPORT)
    export = queries.export_for_update(export_id)
    if export.removed_at is not None:
        return export
    return _removed(export, why="somebody removed it", actor=actor)


def tidy_exports(*, actor: Actor) -> list[Export]:
    """Remove files whose time is over, and what was written by jobs that did not complete them; those that were. Raises Forbidden."""
    actor.require(Permission.EXPORT)
    return [_tidied(export.pk, actor=actor) for export in queries.left_over()]


@tenancy.atomic
def _tidied(export_id: UUID, *, actor: Actor) -> Export:
    export = queries.file_for_update(export_id)
    return _removed(export, why="its time was over" if export.ready_at else "its job ended without completing it", actor=actor)


def _removed(export: Export, *, why: str, actor: Actor) -> Export:
    files.remove(export)
    export.removed_at = clock.now()
    export.save(update_fields=["removed_at"])
    record(events.ExportRemoved(subject=export.public_id, why=why), actor=actor)
    return export


def _require_none_running() -> None:
    running = queries.unfinished()
    if running is not None:
        detail = f"Wait until {running.public_id} is written, or remove it; one export of a tenant is written at a time."
        raise ExportRunning(detail, export=running.public_id)


def _work(operation: Operation, *, actor: Actor) -> None:
    export = queries.export(UUID(operation.arguments["export_id"]))
    steps: list[Callable[[Operation, Export], None]] = [_write, _check]
    for step in steps[operation.step :]:
        step(operation, export)
        progress.step_done(operation)
    _finish(export, actor=actor)
    operations.succeed(operation.id, result={"export": export.public_id}, secrets={}, actor=actor)


def _write(operation: Operation, export: Export) -> None:
    until = int(operation.arguments["until"])
    files.begin(export)
    kept = Place(**operation.result) if operation.result else None
    place = kept or _put(operation, export, writing.opening(export), before=Place())
    while place.seq < until:
        place = _put(operation, export, writing.next_part(export, place, until=until), before=place)
        progress.beat(operation, detail_percent=100 * place.seq // until)
    files.finish(export, number=place.parts)


def _put(operation: Operation, export: Export, part: writing.Part, *, before: Place) -> Place:
    place = part.place
    if place.rows > ROWS_MAXIMUM or place.size_bytes > BYTES_MAXIMUM:
        raise ExportTooLarge(
            "Choose a shorter time or narrower filters, and export the rest in further files.",
            limit_rows=ROWS_MAXIMUM,
            limit_bytes=BYTES_MAXIMUM,
        )
    if not Export.objects.filter(pk=export.pk, removed_at=None).exists():
        raise NotFound("The export was removed while it was written.")
    if part.content:
        files.put(export, number=before.parts, content=part.content)
    progress.note(operation, result=place.as_dict())
    return place


def _check(operation: Operation, export: Export) -> None:
    """Open all of it again: what cannot be read is found now, and not by whoever fetches it."""
    digest, size = hashlib.sha256(), 0
    for number, piece in enumerate(files.pieces(export)):
        digest.update(piece)
        size += len(piece)
        if number % BEAT_EVERY == 0:
            progress.beat(operation, detail_percent=100 * size // max(1, int(operation.result["size_bytes"])))
    export.sha256, export.size_bytes, export.row_count = digest.hexdigest(), size, int(operation.result["rows"])
    export.save(update_fields=["sha256", "size_bytes", "row_count"])


@tenancy.atomic
def _finish(export: Export, *, actor: Actor) -> None:
    export = queries.export_for_update(export.pk)
    if export.removed_at is not None or export.ready_at is not None:
        return
    export.ready_at = clock.now()
    export.expires_at = export.ready_at + KEPT
    export.save(update_fields=["ready_at", "expires_at"])
    event = events.ExportFinished(
        subject=export.public_id,
        format=export.format,
        row_count=export.row_count,
        size_bytes=export.size_bytes,
        sha256=export.sha256,
    )
    record(event, actor=actor)
