"""Taking a copy: every table from one snapshot, streamed, so that its size does not matter.

The owner of the tables reads, in one REPEATABLE READ transaction that writes nothing. The tables are locked before the snapshot is taken
(PostgreSQL manual, LOCK), so that no migration can come between them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

import structlog
from django.db import DatabaseError
from psycopg import IsolationLevel, sql

from kernel import clock, ids
from kernel.problems import Unavailable
from kernel.tenancy import TenantRef
from tenants import partitions, residency
from tenants.backups import catalog, connecting, files, manifest, packing, reading
from tenants.backups.catalog import Catalog
from tenants.backups.manifest import Manifest
from tenants.backups.pulse import Pulse
from tenants.backups.sealed import SealedWriter
from tenants.models import Backup, BackupKind, BackupState, Tenant
from tenants.places import Progress

MANIFEST_NAME = "manifest.json"
FAULT_MAXIMUM = 500

log = structlog.get_logger(__name__)


def take(tenant: Tenant, *, kind: BackupKind, expires_at: datetime | None, on_progress: Progress) -> Backup:
    """Copy a tenant into a new sealed file; its row is `writing` meanwhile, then `ready`, or `failed` with the fault.

    `expires_at` None keeps it for good. Raises ResidencyForbids, and what the database or the disk refuses.
    """
    backup = _begun(tenant, kind=kind, expires_at=expires_at)
    path = files.path_of(backup)
    try:
        with files.writing(path) as file:
            written = write(file, tenant=tenant, backup=backup, on_progress=on_progress)
    except BaseException as fault:
        _failed(backup, fault)
        raise
    backup.state = BackupState.READY.value
    backup.manifest_sha256 = hashlib.sha256(written.encoded()).hexdigest()
    backup.table_count, backup.row_count = len(written.tables), written.row_count
    backup.lsn, backup.size_bytes = written.lsn, path.stat().st_size
    backup.version += 1
    backup.save()
    return backup


def write(file: IO[bytes], *, tenant: Tenant, backup: Backup, on_progress: Progress) -> Manifest:
    """Write a sealed copy of a tenant; `backup` is what it is named after."""
    with SealedWriter(file, name=str(backup.id)) as sealed:
        return pack(sealed, tenant=tenant, backup=backup, on_progress=on_progress)


def pack(file: Any, *, tenant: Tenant, backup: Backup, on_progress: Progress) -> Manifest:
    """Write the archive itself: the parts of every table, then the manifest."""
    pulse = Pulse(on_progress)
    with snapshot(tenant.ref()) as (cursor, found), packing.into(file) as packer:
        lsn = _position(cursor)
        applied = catalog.migrations(cursor)
        with reading.texts(cursor, found, schema=tenant.schema, pulse=pulse) as texts:
            for shape, pieces in texts:
                packer.add_table(shape, pieces)
        told = Manifest(
            backup=backup.public_id,
            kind=backup.kind,
            taken_at=clock.rfc3339(backup.taken_at),
            cell=backup.cell,
            region=backup.region,
            server_version=cursor.connection.info.server_version,
            lsn=lsn,
            tenant=_known_of(tenant),
            migrations=applied,
            partitions=partitions.read(cursor, schema=tenant.schema),
            # Sequences belong to no snapshot: read last, they are never behind the rows.
            sequences=tuple(manifest.Sequence(*row) for row in catalog.stands(cursor, found.sequences)),
            tables=packer.tables(),
        )
        packer.add(MANIFEST_NAME, told.encoded())
    return told


@contextmanager
def snapshot(ref: TenantRef) -> Iterator[tuple[Any, Catalog]]:
    """A cursor in one snapshot of a place, and what the place consists of. Raises Unavailable when its tables are being changed."""
    with connecting.owning(ref) as connection:
        with connection.cursor() as cursor:
            before = catalog.read(cursor, schema=ref.schema)
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        with connection.transaction(), connection.cursor() as cursor:
            if before.tables:
                names = sql.SQL(", ").join(sql.Identifier(table.name) for table in before.tables)
                cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
            if catalog.read(cursor, schema=ref.schema) != before:
                raise Unavailable("The tables are being migrated at the moment. Try again in a minute.", retry_after_s=60)
            yield cursor, before


def _position(cursor: Any) -> str:
    """Where the server's log stands, for whoever must find this moment in it."""
    (lsn,) = cursor.execute(
        "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text"
    ).fetchone()
    return str(lsn)


def _known_of(tenant: Tenant) -> dict[str, Any]:
    """What home knows of the tenant: it belongs to the tenant as its rows do."""
    hosts = tenant.domains.order_by("host").values("host", "kind", "state", "is_primary", "redirects")
    return {
        "id": tenant.public_id,
        "slug": tenant.slug,
        "name": tenant.name,
        "code": tenant.code,
        "schema": tenant.schema,
        "state": tenant.state,
        "plan": tenant.plan_id,
        "settings": tenant.settings,
        "residency": tenant.residency,
        "created_at": clock.rfc3339(tenant.created_at),
        "domains": list(hosts),
    }


def _begun(tenant: Tenant, *, kind: BackupKind, expires_at: datetime | None) -> Backup:
    region = tenant.cell.region_id
    residency.require_region(region, residency=tenant.residency)
    backup_id = ids.new_id()
    return Backup.objects.create(
        id=backup_id,
        tenant=tenant,
        kind=kind.value,
        cell=tenant.cell_id,
        region=region,
        path=files.new_path(tenant.id, backup_id=backup_id),
        expires_at=expires_at,
    )


def _failed(backup: Backup, fault: BaseException) -> None:
    """Note why a copy was given up. Home may be what is away; then the sweep finds the row."""
    backup.state = BackupState.FAILED.value
    backup.fault = f"{type(fault).__name__}: {fault}"[:FAULT_MAXIMUM]
    backup.version += 1
    try:
        backup.save(update_fields=("state", "fault", "version"))
    except DatabaseError as second:
        log.warning("backup.not_noted", backup=backup.public_id, why=str(second))
