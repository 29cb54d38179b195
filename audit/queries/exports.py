"""Reading exports and how far they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections
from django.db.models import Q, QuerySet

from audit.exports import files
from audit.formats import FORMATS
from audit.models import Export
from audit.problems import ExportNotFound
from kernel import clock, tenancy
from operations import queries as operations
from operations.models import Operation

EXPORTING = "audit.export"
TAKING = "audit.evidence"
EVIDENCE = "evidence"
"""The format of an evidence bundle, which is kept as exports are."""

READY, EXPIRED, REMOVED = "ready", "expired", "removed"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an export stands: queued, running, ready, failed, cancelled, expired or removed; how far it is, 0 to 100; and its job, `op_…`."""

    state: str
    progress_percent: int
    problem: str
    operation: str


def exports(*, format: str = "", q: str = "") -> QuerySet[Export]:  # noqa: A002  (the name that people use)
    """The tenant's exports; removed ones stay in the list as a record. `q` searches who asked for them."""
    found = Export.objects.exclude(format=EVIDENCE)
    found = found.filter(asked_by__icontains=q) if q else found
    return found.filter(format=format) if format else found


def export(export_id: UUID) -> Export:
    """One export. Raises ExportNotFound."""
    return _export(Export.objects.exclude(format=EVIDENCE).filter(pk=export_id).first())


def export_for_update(export_id: UUID) -> Export:
    """The same, its row locked until the transaction ends."""
    return _export(Export.objects.select_for_update().exclude(format=EVIDENCE).filter(pk=export_id).first())


def file_for_update(export_id: UUID) -> Export:
    """An export or an evidence bundle, for those who only look after files; its row locked. Raises ExportNotFound."""
    return _export(Export.objects.select_for_update().filter(pk=export_id).first())


def bundles(*, q: str = "") -> QuerySet[Export]:
    """The tenant's evidence bundles; removed ones stay in the list as a record. `q` searches who asked for them."""
    found = Export.objects.filter(format=EVIDENCE)
    return found.filter(asked_by__icontains=q) if q else found


def evidence(export_id: UUID) -> Export:
    """One evidence bundle. Raises ExportNotFound."""
    return _bundle(bundles().filter(pk=export_id).first())


def evidence_for_update(export_id: UUID) -> Export:
    """The same, its row locked until the transaction ends."""
    return _bundle(bundles().select_for_update().filter(pk=export_id).first())


def standings(found: list[Export]) -> dict[UUID, Standing]:
    """How some exports stand, by id; their operations are read in one query."""
    ids = [row.operation_id for row in found if row.operation_id is not None]
    jobs = {job.pk: job for job in operations.operations().filter(pk__in=ids)}
    return {row.pk: _standing(row, jobs.get(row.operation_id) if row.operation_id else None) for row in found}


def unfinished() -> Export | None:
    """The export that is being written, if any: at most one for a tenant at a time."""
    waiting = Export.objects.filter(ready_at=None, removed_at=None).exclude(format=EVIDENCE).order_by("-id")
    return next((row for row, standing in _with_standing(list(waiting[:50])) if standing.state in {"queued", "running"}), None)


def lock_exports() -> None:
    """Let nobody else begin an export in this tenant until the transaction ends."""
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7104))", [tenancy.current().schema])


def left_over() -> list[Export]:
    """Exports whose file must go: expired ones, and those whose operation ended without a file."""
    expired = Q(ready_at__isnull=False, expires_at__lte=clock.now())
    kept = Export.objects.filter(removed_at=None).filter(expired | Q(ready_at=None)).order_by("id")
    over = {EXPIRED, "failed", "cancelled"}
    return [row for row, standing in _with_standing(list(kept)) if standing.state in over]


def pieces_of(found: Export) -> Iterator[bytes]:
    """The bytes of an export that was handed out, piece by piece. Raises ExportDamaged."""
    return files.pieces(found)


def file_name(found: Export) -> str:
    """What the file of an export is called by who fetches it, e.g. `acme-audit-20260131-exp_….jsonl`."""
    extension = "zip" if found.format == EVIDENCE else FORMATS[found.format].extension
    return f"{tenancy.current().slug}-audit-{found.created_at:%Y%m%d}-{found.public_id}.{extension}"


def media_type(found: Export) -> str:
    """What Content-Type says of the file."""
    return "application/zip" if found.format == EVIDENCE else FORMATS[found.format].media_type


def is_there_at(found: Export, *, moment: datetime) -> bool:
    """Whether the file of an export is still there at a moment."""
    return found.expires_at is not None and found.expires_at > moment


def _with_standing(rows: list[Export]) -> list[tuple[Export, Standing]]:
    known = standings(rows)
    return [(row, known[row.pk]) for row in rows]


def _standing(found: Export, job: Operation | None) -> Standing:
    name = "" if job is None else job.public_id
    if found.removed_at is not None:
        return Standing(REMOVED, 100, "", name)
    if found.ready_at is not None:
        return Standing(READY if is_there_at(found, moment=clock.now()) else EXPIRED, 100, "", name)
    if job is None:
        return Standing("queued", 0, "", name)
    state = "running" if job.state == "succeeded" else job.state
    return Standing(state, job.progress_percent, str((job.problem or {}).get("detail", "")), name)


def _export(found: Export | None) -> Export:
    if found is None:
        raise ExportNotFound("Check the id; exports belong to the tenant whose trail they were taken from.")
    return found


def _bundle(found: Export | None) -> Export:
    if found is None:
        raise ExportNotFound("Check the id; evidence belongs to the tenant whose trail it was taken from.")
    return found
