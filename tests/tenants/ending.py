"""What the tests of a tenant's end share: tenants that may be ended for real, and working on operations as a worker does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from audit import queries as audit
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import progress
from operations import queries as operations
from operations.models import LEASE, Operation
from tenants import places, queries, resolving
from tenants.actions.working import Job
from tenants.models import Backup, Domain, Erasure, Leftover, PendingEntry, Tenant
from tests import makers

OWNER = "olive.owner@{slug}.example"


@contextmanager
def tenant_for_real(slug: str) -> Iterator[TenantRef]:
    """A finished tenant that the block may end as it likes; afterwards nothing of it is left, however the block ended."""
    ref = makers.make_tenant(slug, owner_email=OWNER.format(slug=slug))
    try:
        yield ref
    finally:
        forget_for_real(ref)


def forget_for_real(ref: TenantRef) -> None:
    """Remove a tenant's rows and places, whatever state it is in."""
    for leftover in Leftover.objects.filter(tenant_id=ref.id):
        places.drop_place(leftover.cell_id, leftover.schema, on_progress=places.quietly)
        leftover.delete()
    places.drop_place(Tenant.objects.get(id=ref.id).cell_id, ref.schema, on_progress=places.quietly)
    Erasure.objects.filter(tenant_id=ref.id).delete()
    Backup.objects.filter(tenant_id=ref.id).delete()
    Domain.objects.filter(tenant_id=ref.id).delete()
    PendingEntry.objects.all().delete()
    Tenant.objects.filter(id=ref.id).delete()
    resolving.forget_all()


def work_on(operation: Operation | None, *, by: Callable[..., None]) -> Operation:
    """Do the work of an operation here, as a worker would; platform is active. Gives the operation as it is then."""
    assert operation is not None
    by(operation.id, actor=makers.OPERATOR)
    resolving.forget_all()
    return operations.operation(operation.id)


def job_on(operation: Operation | None, *, kind: Callable[..., Job]) -> Job:
    """One attempt at an operation, claimed by this worker, whose steps the test runs itself; platform is active."""
    assert operation is not None
    claimed = progress.claim(operation.id)
    assert claimed is not None
    return kind(claimed, makers.OPERATOR, tenancy.current())


def abandon(operation: Operation) -> None:
    """Let an operation look as its worker left it when it was killed a while ago."""
    Operation.objects.filter(id=operation.id).update(heartbeat_at=clock.now() - 2 * LEASE)


def spoil(path: Path) -> None:
    """Turn one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def tables_of(ref: TenantRef, *, cell: str = "") -> list[str]:
    """The tables that lie in a tenant's schema."""
    there = places.ref_of(cell or ref.cell, schema=ref.schema)
    with tenancy.activate(there, purpose=Purpose.MIGRATE), connections[there.cell].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [ref.schema])
        return [name for (name,) in cursor.fetchall()]


def texts_in(alias: str, *, schema: str) -> list[str]:
    """Every row of every table of a schema as text, with the name of its table; read by the superuser."""
    with makers.superuser(alias) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema]).fetchall()
        rows: list[str] = []
        for (table,) in tables:
            found: list[Any] = connection.execute(f'SELECT t::text FROM "{schema}"."{table}" t').fetchall()
            rows += [f"{table}: {text}" for (text,) in found]
    return rows


def events_about(tenant_id: str) -> list[str]:
    """The actions that platform's trail tells of a tenant, oldest first; platform is active."""
    return [entry.action for entry in audit.entries(subject=tenant_id).order_by("id")]


def details_of(action: str, *, about: str) -> dict[str, Any]:
    """The details of the newest entry of a kind about a tenant; platform is active."""
    entry = audit.entries(subject=about, action=action).order_by("-id")[0]
    details: dict[str, Any] = entry.document["details"]
    return details


def tenant_of(ref: TenantRef) -> Tenant:
    """The row as it is now."""
    return queries.tenant(ref.id)
