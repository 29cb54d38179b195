"""Moving tenants in tests: a traveller with rows, its move, and what shows whether it went well."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.db import connections

from audit import queries as audit
from config.embedded import addresses as addressing
from config.embedded import keys, postgres, roles
from config.settings import ROOT
from identity import queries as people
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from operations.models import LEASE, Operation
from tenants import actions, provisioning, queries
from tenants.models import Leftover, Tenant
from tenants.moves import servers
from tests import makers, places

OPERATOR = Actor.system("command:test")


def at_platform() -> TenantRef:
    """Platform's ref."""
    return queries.platform().ref()


def make_traveller(slug: str = "traveller", *, cell: str = "cell-1") -> TenantRef:
    """A finished tenant in a cell; commits."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        requested = actions.create_tenant(
            slug, name=slug.title(), owner_email=f"owner@{slug}.example", owner_name="Olive Owner", cell=cell, actor=OPERATOR
        )
        actions.provision_tenant(requested.operation.id, actor=OPERATOR)
    makers.forget_caches()
    return queries.tenant_by_slug(slug).ref()


def start(tenant_id: UUID, *, to: str) -> Operation:
    """Ask for a move, nobody works on it yet."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        return actions.move_tenant(tenant_id, cell=to, actor=OPERATOR)


def work(operation: Operation) -> Operation:
    """Work on a move as a worker does, and say what became of it."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        actions.carry_out_move(operation.id, actor=OPERATOR)
        return Operation.objects.get(id=operation.id)


def move(tenant_id: UUID, *, to: str) -> Operation:
    """Ask for a move and carry it out."""
    return work(start(tenant_id, to=to))


def add_people(ref: TenantRef, *, number: int, prefix: str = "p") -> None:
    """Rows: people who were added, each with an entry in the trail."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        for index in range(number):
            makers.make_person(f"{prefix}{index}@{ref.slug}.example")


def emails(ref: TenantRef) -> list[str]:
    """The people of a tenant, where the registry says that it lives."""
    with tenancy.activate(fresh(ref), purpose=Purpose.OPERATOR):
        return sorted(people.people().values_list("email", flat=True))


def fresh(ref: TenantRef) -> TenantRef:
    """What the registry says now."""
    return Tenant.objects.get(id=ref.id).ref()


def traces(alias: str) -> list[str]:
    """Slots, publications and subscriptions in a cell's database, and whether nobody but the owner may use a tenant's schema there."""
    query = (
        "SELECT slot_name::text FROM pg_replication_slots WHERE database = current_database() UNION ALL SELECT pubname FROM pg_publication"
        " UNION ALL SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with servers.opened(alias) as connection:
        return [str(name) for (name,) in connection.execute(query)]


def rights(ref: TenantRef, *, alias: str) -> list[tuple[str, str]]:
    """Who may do what with each table and sequence of a schema, and with the schema itself."""
    query = (
        "SELECT c.relname, array(SELECT unnest(c.relacl)::text ORDER BY 1)::text FROM pg_class c WHERE c.relnamespace = to_regnamespace(%s)"
        " AND c.relkind IN ('r', 'p', 'S') UNION ALL SELECT nspname, array(SELECT unnest(nspacl)::text ORDER BY 1)::text FROM pg_namespace"
        " WHERE nspname = %s ORDER BY 1"
    )
    with servers.opened(alias) as connection:
        return [(str(name), str(acl)) for name, acl in connection.execute(query, [ref.schema, ref.schema])]


def schemas(alias: str) -> set[str]:
    """The schemas of tenants, present and past, in a cell's database."""
    with servers.opened(alias) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%' OR nspname LIKE 'moved\\_%'")
        return {str(name) for (name,) in found}


def remove(ref: TenantRef) -> None:
    """Remove every trace of a traveller from all cells and from home."""
    cells = {Tenant.objects.get(id=ref.id).cell_id, *Leftover.objects.filter(tenant_id=ref.id).values_list("cell_id", flat=True)}
    for alias in cells:
        for schema in schemas(alias):
            if ref.id.hex in schema:
                provisioning.drop_place(alias, schema, on_progress=lambda *_: None)
    Leftover.objects.filter(tenant_id=ref.id).delete()
    Tenant.objects.filter(id=ref.id).delete()
    for connection in connections.all(initialized_only=True):
        connection.close()


def work_until_death(operation: Operation, *, at: str) -> None:
    """Let a process of its own work on a move and die at a point; afterwards the move looks as abandoned as it is. See `move_worker`."""
    command = [sys.executable, "-m", "tests.tenants.move_worker", str(operation.id), at]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        Operation.objects.filter(id=operation.id).update(heartbeat_at=clock.now() - 2 * LEASE)
    makers.forget_caches()


def cancel(operation: Operation) -> None:
    """Cancel a move as an operator does."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        operations.cancel(operation.id, actor=OPERATOR)


def settle() -> int:
    """What the timetable does once a minute."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        return actions.settle_moves(actor=OPERATOR)


def relay() -> int:
    """What the timetable does with letters that a dead process left in the outbox."""
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        return actions.relay_pending(actor=OPERATOR)


def told(ref: TenantRef) -> list[str]:
    """The actions in platform's trail about a tenant, oldest first."""
    subject = Tenant.objects.get(id=ref.id).public_id
    with tenancy.activate(at_platform(), purpose=Purpose.OPERATOR):
        found = [entry for entry in audit.entries(q="") if entry.subject == subject]
    return [entry.action for entry in sorted(found, key=lambda entry: entry.received_at)]


@contextmanager
def neighbour_cell(name: str = "cell-3") -> Iterator[str]:
    """A cell in another database of the product's own server."""
    where = addressing.at(settings.VAR)
    with postgres.connected_as_superuser(where, "postgres") as connection:
        roles.ensure_database(connection, name="cell_3")
    with postgres.connected_as_superuser(where, "cell_3") as connection:
        roles.close_database(connection, login=addressing.LOGIN_ROLE)
    password, host = (quote(text, safe="") for text in (keys.secret(where, keys.DATABASE_PASSWORD), str(where.postgres_sockets)))
    url = f"postgres://{addressing.LOGIN_ROLE}:{password}@{host}:{addressing.POSTGRES_PORT}/cell_3"
    with places.second_cell(url, name=name, region="eu") as cell:
        yield cell
