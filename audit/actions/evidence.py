"""Evidence bundles: made by a long job and kept sealed for a week as exports are, or handed to a command at once."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from audit import events, evidence, queries
from audit.actions.recording import record
from audit.evidence import Bundle, Selection
from audit.exports import files
from audit.models import Export
from audit.permissions import Permission
from audit.problems import ExportNotReady
from kernel import clock, tenancy
from kernel.actors import Actor
from operations import actions as operations
from operations import attempts, progress
from operations.models import Operation

KEPT = timedelta(days=files.KEPT_DAYS)
STEPS = ["Gather entries and proofs"]
PART_BYTES = 4 * 1024**2

log = structlog.get_logger(__name__)


@tenancy.atomic
def start_evidence(selection: Selection, *, actor: Actor) -> Export:
    """Queue a bundle; it can be fetched for a week once it is made. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    if selection.is_readable:
        actor.require(Permission.READ_ENTRIES)
    bundle = Export(format=queries.EVIDENCE, filters=selection.as_dict(), asked_by=actor.label[:200])
    bundle.path = files.new_path(bundle.id)
    bundle.operation_id = operations.start(
        queries.TAKING,
        key=f"{queries.TAKING}:{bundle.id}",
        subject=bundle.public_id,
        label="Evidence from the audit trail",
        steps=STEPS,
        arguments={"export_id": str(bundle.id)},
        actor=actor,
    ).id
    bundle.save(force_insert=True)
    record(events.EvidenceAsked(subject=bundle.public_id, selection=selection.as_dict()), actor=actor)
    return bundle


@tenancy.atomic
def take_evidence(selection: Selection, *, actor: Actor) -> Bundle:
    """Make a bundle at once. Raises Forbidden, EvidenceEmpty, EvidenceTooLarge, NotSignedYet, ProofImpossible."""
    actor.require(Permission.VERIFY)
    if selection.is_readable:
        actor.require(Permission.READ_ENTRIES)
    found = evidence.build(selection)
    record(_taken(found, subject=tenancy.current().slug, selection=selection), actor=actor)
    return found


def work_on_evidence(operation_id: UUID, *, actor: Actor) -> None:
    """Work on a bundle until its file is complete or it has failed; begins anew where a worker died. Raises Forbidden."""
    actor.require(Permission.VERIFY)
    attempts.work(operation_id, perform=partial(_work, actor=actor), actor=actor)


@tenancy.atomic
def hand_out_evidence(export_id: UUID, *, actor: Actor) -> Export:
    """Note that somebody fetches a bundle. Raises Forbidden, ExportNotFound, ExportNotReady."""
    actor.require(Permission.VERIFY)
    bundle = queries.evidence_for_update(export_id)
    if Selection.parse(bundle.filters).is_readable:
        actor.require(Permission.READ_ENTRIES)
    state = queries.standings([bundle])[bundle.id].state
    if state != queries.READY:
        raise ExportNotReady("Wait until it is made, or ask for another: a bundle is kept for seven days.", state=state)
    event = events.EvidenceFetched(subject=bundle.public_id, size_bytes=bundle.size_bytes, sha256=bundle.sha256)
    record(event, actor=actor)
    return bundle


def _work(operation: Operation, *, actor: Actor) -> None:
    bundle = queries.evidence(UUID(operation.arguments["export_id"]))
    selection = Selection.parse(bundle.filters)
    found = evidence.build(
        selection, on_progress=lambda done, of: progress.beat(operation, detail_percent=100 * done // max(1, of))
    )
    files.begin(bundle)
    files.finish(bundle, number=_put(bundle, found))
    _finish(bundle.id, found=found, selection=selection, actor=actor)
    operations.succeed(operation.id, result={"evidence": bundle.public_id}, secrets={}, actor=actor)


def _put(bundle: Export, found: Bundle) -> int:
    """Write the file in parts of a few megabytes; how many."""
    number, held = 0, bytearray()
    for piece in found.pieces():
        held += piece
        if len(held) >= PART_BYTES:
            files.put(bundle, number=number, content=bytes(held))
            number, held = number + 1, bytearray()
    files.put(bundle, number=number, content=bytes(held))
    return number + 1


@tenancy.atomic
def _finish(export_id: UUID, *, found: Bundle, selection: Selection, actor: Actor) -> None:
    bundle = queries.evidence_for_update(export_id)
    if bundle.removed_at is not None or bundle.ready_at is not None:
        return
    bundle.ready_at = clock.now()
    bundle.expires_at = bundle.ready_at + KEPT
    bundle.sha256, bundle.size_bytes, bundle.row_count = found.sha256, found.size_bytes, found.count
    bundle.save(update_fields=["ready_at", "expires_at", "sha256", "size_bytes", "row_count"])
    record(_taken(found, subject=bundle.public_id, selection=selection), actor=actor)


def _taken(found: Bundle, *, subject: str, selection: Selection) -> events.EvidenceTaken:
    return events.EvidenceTaken(
        subject=subject,
        first_seq=found.first,
        last_seq=found.last,
        entries=found.count,
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        readable=selection.is_readable,
    )
