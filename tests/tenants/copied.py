"""What the tests of copies share: a tenant with something in it, and looking at places from outside."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import connections

from audit import queries as audit
from identity import actions as identity
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places, queries
from tenants.backups import archive, files, taking
from tenants.backups.manifest import Manifest, Part
from tenants.models import Backup, BackupKind, Leftover, Tenant
from tests import makers
from tests.isolation import belongings


def take(slug: str, **given: Any) -> Backup:
    """A copy of a tenant."""
    terms = {"kind": BackupKind.MANUAL, "expires_at": None, "on_progress": places.quietly, **given}
    return taking.take(queries.tenant_by_slug(slug), **terms)


@contextmanager
def tenant(slug: str) -> Iterator[TenantRef]:
    """A tenant with a person, a session, a key and an entry or two; gone at the end, whatever became of it."""
    try:
        ref = makers.make_tenant(slug)
        yield ref
    finally:
        remove(slug)


def remove(slug: str) -> None:
    """Remove a tenant with its copies, its places and its rows."""
    for row in Tenant.objects.filter(slug=slug):
        for backup in Backup.objects.filter(tenant=row):
            files.remove(files.path_of(backup))
            backup.delete()
        for left in Leftover.objects.filter(tenant_id=row.id):
            places.drop_place(left.cell_id, left.schema, on_progress=places.quietly)
            left.delete()
        places.drop_place(row.cell_id, row.schema, on_progress=places.quietly)
        row.delete()


def rows(ref: TenantRef) -> dict[str, tuple[int, str]]:
    """Number and digest of the rows of every table of a place."""
    return belongings.state_of(ref)


def rows_told(told: Manifest) -> dict[str, int]:
    """Rows by table, as a copy tells of them; those of partitions under the table that they are parts of."""
    whole = {partition.name: partition.table for partition in told.partitions}
    found = {partition.table: 0 for partition in told.partitions}
    for table in told.tables:
        name = whole.get(table.name, table.name)
        found[name] = found.get(name, 0) + table.rows
    return found


def told_of(subject: str) -> list[str]:
    """What platform's trail says of a copy or a tenant, oldest first."""
    return list(audit.entries(subject=subject, action="tenants.backup.*").order_by("id").values_list("action", flat=True))


def add_people(ref: TenantRef, *emails: str) -> None:
    """People of a tenant."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        for email in emails:
            identity.add_person(email, "Some Body", ["member"], actor=makers.OPERATOR)


def count(ref: TenantRef, sql: str) -> Any:
    """The first value that a statement finds in a place, as its owner."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def people(ref: TenantRef) -> Any:
    """A digest of all people of a place without their epochs."""
    return count(ref, "SELECT md5(string_agg((to_jsonb(one) - 'epoch')::text, '|' ORDER BY id)) FROM identity_user one")


def places_in(cell: str, *, like: TenantRef) -> set[str]:
    """The schemas and roles of tenants that a cell has."""
    found = count(like, "SELECT array_agg(nspname::text) || (SELECT array_agg(rolname::text) FROM pg_roles) FROM pg_namespace")
    return {name for name in found if name.startswith("t_")}


def plain_bytes(backup: Backup) -> bytes:
    """A copy without its seal."""
    return b"".join(archive.plain_pieces(files.path_of(backup)))


def members(data: bytes) -> dict[str, bytes]:
    """What an archive holds, read with Python's own tar."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def archived(held: dict[str, bytes], *, at: Path) -> Path:
    """An archive of these members."""
    with tarfile.open(at, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return at


def text_of(held: dict[str, bytes], table: str) -> bytes:
    """The rows of a table in an archive."""
    return gzip.decompress(b"".join(data for name, data in sorted(held.items()) if name.startswith(f"{table}.")))


def without_rows(held: dict[str, bytes], told: Manifest, *, table: str) -> dict[str, bytes]:
    """An archive whose manifest and parts say consistently that one table is empty."""
    nothing = gzip.compress(b"", mtime=0)
    name = f"{table}.0001.copy.gz"
    emptied = tuple(
        replace(one, rows=0, bytes=0, sha256=hashlib.sha256(b"").hexdigest(), parts=(Part(name, len(nothing)),))
        if one.name == table
        else one
        for one in told.tables
    )
    return {**held, name: nothing, "manifest.json": replace(told, tables=emptied).encoded()}


def same(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]], *, but: set[str]) -> bool:
    """Whether all tables are equal but these."""
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]} <= but


LOG = {
    "audit_entry",
    "audit_queuedentry",
    "audit_head",
    "audit_seal",
    "audit_tile",
    "audit_signingkey",
    "audit_checkpoint",
    "audit_personkey",
}
ENDED = LOG | {"identity_apikey", "identity_invitation", "identity_session", "identity_user", "operations_operation"}
"""What a restore changes by ending old access, telling of it, having the log go on in an epoch of its own, and asking for another key.

Of people it changes nothing but their epoch, which ends what was given out to them: `people` tells of all the rest.
"""
