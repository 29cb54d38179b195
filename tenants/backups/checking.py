"""A copy that was never restored does not count: restore it into a scratch place, compare every checksum, drop the place."""

import hashlib
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from kernel import clock, ids
from kernel.problems import Problem
from kernel.tenancy import TenantRef
from tenants import places
from tenants.backups import archive, catalog, files, loading, placing, reading, taking
from tenants.backups.manifest import Manifest
from tenants.backups.pulse import Pulse
from tenants.models import Backup, Cell, CellState, Leftover, schema_of
from tenants.places import Progress
from tenants.problems import BackupDamaged, BackupUnfit, BackupUnreadable, CellUnknown

SCRATCH_FOR = timedelta(hours=6)
FAULT_MAXIMUM = 500


def check(backup: Backup, *, on_progress: Progress) -> int:
    """Restore a copy for trial and compare every table with its manifest; the milliseconds that the restore took. The tenant is not touched.

    Noted in the copy's row: `verified_at` and `verify_ms`, or the `fault`. Raises BackupDamaged when it does not hold what its manifest says,
    BackupUnreadable, BackupUnfit, BackupNotReady, CellUnknown.
    """
    path = files.present(backup)
    began = time.monotonic()
    try:
        _require_same_manifest(backup, path=path)
        _tried(backup, path=path, on_progress=on_progress)
    except (BackupDamaged, BackupUnreadable, BackupUnfit) as fault:
        _note_fault(backup, fault)
        raise
    backup.verify_ms = round((time.monotonic() - began) * 1000)
    backup.verified_at, backup.fault = clock.now(), ""
    backup.version += 1
    backup.save(update_fields=("verified_at", "verify_ms", "fault", "version"))
    return backup.verify_ms


def compare(told: Manifest, *, ref: TenantRef, on_progress: Progress) -> None:
    """Compare every table and sequence of a place with a manifest. Raises BackupDamaged."""
    pulse = Pulse(on_progress)
    expected = {table.name: (table.rows, table.sha256) for table in told.tables}
    with taking.snapshot(ref) as (cursor, found):
        with reading.texts(cursor, found, schema=ref.schema, pulse=pulse) as texts:
            for shape, pieces in texts:
                if expected.pop(shape.name, None) != _measured(pieces):
                    raise BackupDamaged(
                        f"Restored, the table {shape.name} is not what it was when the copy was taken.", table=shape.name
                    )
        if expected:
            raise BackupDamaged(f"Restored, the table {min(expected)} is missing.", table=min(expected))
        stands = {name: (last_value, is_called) for name, last_value, is_called in catalog.stands(cursor, found.sequences)}
    if stands != {sequence.name: (sequence.last_value, sequence.is_called) for sequence in told.sequences}:
        raise BackupDamaged("Restored, a sequence does not stand where it stood when the copy was taken.")


def _measured(pieces: Iterator[bytes]) -> tuple[int, str]:
    """How many rows a table has, and the SHA-256 of their text."""
    digest, rows = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        rows += piece.count(b"\n")
    return rows, digest.hexdigest()


def scratch_cell(backup: Backup) -> Cell:
    """A cell of the copy's own region, so that a trial takes nothing out of its jurisdiction: the one it was taken from, if that is still there."""
    there = Cell.objects.filter(region_id=backup.region).exclude(state=CellState.CLOSED)
    found = there.filter(name=backup.cell).first() or there.order_by("name").first()
    if found is None:
        raise CellUnknown(f"No cell of the region {backup.region} can try this copy. Open one there.", cell=backup.cell)
    return found


def _tried(backup: Backup, *, path: Path, on_progress: Progress) -> None:
    told = archive.read_manifest(path)
    placing.require_known(told)
    scratch = places.ref_of(scratch_cell(backup).name, schema=schema_of(ids.new_id()))
    # Written down first: a place whose check died is dropped by the sweep of leftovers.
    leftover = Leftover.objects.create(
        schema=scratch.schema,
        cell_id=scratch.cell,
        tenant_id=backup.tenant_id,
        reason=f"a trial of {backup.public_id}",
        drop_after=clock.now() + SCRATCH_FOR,
    )
    try:
        placing.build(told, ref=scratch, on_progress=on_progress)
        loading.load(path, ref=scratch, on_progress=on_progress)
        compare(told, ref=scratch, on_progress=on_progress)
    finally:
        places.drop_place(scratch.cell, scratch.schema, on_progress=on_progress)
        leftover.delete()


def _require_same_manifest(backup: Backup, *, path: Path) -> None:
    if archive.manifest_digest(path) != backup.manifest_sha256:
        raise BackupDamaged("The file in this copy's place is not the one that was written there.")


def _note_fault(backup: Backup, fault: Problem) -> None:
    backup.fault = fault.detail[:FAULT_MAXIMUM]
    backup.version += 1
    backup.save(update_fields=("fault", "version"))
