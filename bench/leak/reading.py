"""Ways to read a tenant's rows, each of which once read somebody else's in some product, and the count of what was read.

Both tenants have two roles whose label is the tenant's slug; a read says which slug it wanted and which it saw. Each way reads exactly
twice, so that the number of reads is known beforehand and does not hang on time.
"""

# ruff: noqa: ARG001  (every way has the same shape, and many need one tenant only)

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Barrier, Lock, Thread
from typing import Any

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from identity import actions as identity
from identity.models import Role
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from kernel.tenancy.backend import prepared

OPERATOR = Actor.system("command:leak")
Seen = tuple[str, str]
Way = Callable[[TenantRef, TenantRef], list[Seen]]

MARKS = ("leak-one", "leak-two")
READ = "SELECT label FROM identity_role WHERE name = 'leak-one'"
ASKED = "SELECT label FROM identity_role WHERE name = %s"
READS_PER_WAY = 2
PREPARED = prepared.Statement(name="leak_read", types="text", sql="SELECT label FROM identity_role WHERE name = $1")


class Tally:
    """Counts reads and keeps the wrong ones; any thread may add."""

    def __init__(self) -> None:
        self.reads = 0
        self.wrong: list[tuple[str, str, str]] = []
        self._lock = Lock()

    def add(self, seen: list[Seen], *, way: str) -> None:
        """Count what one way has read."""
        with self._lock:
            self.reads += len(seen)
            self.wrong += [(way, wanted, found) for wanted, found in seen if wanted != found]


@contextmanager
def marked(*refs: TenantRef) -> Iterator[None]:
    """Both rows that name the tenant, in each of the tenants, for the length of a block; commits."""
    for ref in refs:
        with entered(ref):
            for name in MARKS:
                identity.create_role(name, label=ref.slug, permissions=["read:audit.entries"], actor=OPERATOR)
    yield
    for ref in refs:
        with entered(ref):
            for role in Role.objects.filter(name__in=MARKS):
                identity.delete_role(role.id, actor=OPERATOR)


@contextmanager
def entered(ref: TenantRef) -> Iterator[BaseDatabaseWrapper]:
    """The tenant as a request enters it, with the connection of this thread."""
    with tenancy.activate(ref, purpose=Purpose.REQUEST):
        yield connections[ref.cell]


def by_model() -> str:
    """One read through the ORM."""
    return Role.objects.get(name="leak-one").label


def by_cursor(ref: TenantRef) -> str:
    """One read through a Django cursor."""
    with connections[ref.cell].cursor() as cursor:
        cursor.execute(ASKED, ["leak-one"])
        return str(cursor.fetchone()[0])


def by_prepared_statement() -> str:
    """One read through a statement that is prepared once per tenant and connection."""
    row = PREPARED.first("leak-one")
    return "" if row is None else str(row[0])


def autocommit(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """Two statements, each its own transaction."""
    with entered(ref):
        return [(ref.slug, by_model()), (ref.slug, by_cursor(ref))]


def committed(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A transaction that commits."""
    with entered(ref), tenancy.atomic():
        return [(ref.slug, by_cursor(ref)), (ref.slug, by_model())]


def rolled_back(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A read inside a transaction that is rolled back, which undoes its SETs, and one after it."""
    with entered(ref) as connection:
        with tenancy.atomic():
            inside = by_model()
            connection.set_rollback(True)
        return [(ref.slug, inside), (ref.slug, by_model())]


def savepoint_rolled_back(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A switch after a savepoint, undone by going back to it."""
    with entered(ref), tenancy.atomic():
        by_cursor(ref)
        with suppress(_Undo), entered(other), tenancy.atomic():
            inside = by_model()
            raise _Undo
        return [(other.slug, inside), (ref.slug, by_cursor(ref))]


def server_side_cursor(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """Rows of a cursor on the server, fetched one by one with somebody else's read between them."""
    with entered(ref), tenancy.atomic():
        rows = Role.objects.filter(name__in=MARKS).iterator(chunk_size=1)
        first = next(rows).label
        with entered(other):
            by_cursor(other)
        return [(ref.slug, first), *((ref.slug, row.label) for row in rows)]


def held_cursor(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """The same outside a transaction: the server keeps the rows."""
    with entered(ref):
        return [(ref.slug, row.label) for row in Role.objects.filter(name__in=MARKS).iterator(chunk_size=1)]


def after_an_error(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A statement that fails takes along the switch that rode in its message; then one inside a transaction that fails."""
    with entered(ref):
        with suppress(DatabaseError), connections[ref.cell].cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        first = by_model()
        with suppress(DatabaseError), tenancy.atomic(), connections[ref.cell].cursor() as cursor:
            cursor.execute("SELECT nothing FROM identity_role")
        return [(ref.slug, first), (ref.slug, by_cursor(ref))]


def raw_rollback(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """BEGIN and ROLLBACK as text, behind Django's back."""
    with entered(ref), connections[ref.cell].cursor() as cursor:
        cursor.execute("BEGIN")
        inside = by_cursor(ref)
        cursor.execute("ROLLBACK")
        return [(ref.slug, inside), (ref.slug, by_cursor(ref))]


def many(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """`executemany`, which psycopg sends in pipeline mode."""
    with entered(ref) as connection:
        connection.ensure_connection()
        cursor = connection.connection.cursor()
        cursor.executemany(ASKED, [(name,) for name in MARKS], returning=True)
        labels = [cursor.fetchone()[0]]
        cursor.nextset()
        return [(ref.slug, label) for label in (*labels, cursor.fetchone()[0])]


def copied(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """COPY, which must be alone in its message."""
    with entered(ref), connections[ref.cell].cursor() as cursor:
        with cursor.copy(f"COPY ({READ}) TO STDOUT") as copy:
            alone = b"".join(copy).decode().strip()
        with tenancy.atomic(), cursor.copy(f"COPY ({READ}) TO STDOUT") as copy:
            return [(ref.slug, alone), (ref.slug, b"".join(copy).decode().strip())]


def nested(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A tenant entered inside another, and back."""
    with entered(ref):
        with entered(other):
            inside = by_model()
        return [(other.slug, inside), (ref.slug, by_model())]


def carried_cursor(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A cursor made in one tenant and used in another."""
    with entered(ref), connections[ref.cell].cursor() as cursor:
        with entered(other):
            cursor.execute(READ)
            inside = str(cursor.fetchone()[0])
        cursor.execute(READ)
        return [(other.slug, inside), (ref.slug, str(cursor.fetchone()[0]))]


def prepared_nested(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """A statement whose plan the server keeps, in two tenants in turn."""
    with entered(ref):
        first = by_prepared_statement()
        with entered(other):
            return [(ref.slug, first), (other.slug, by_prepared_statement())]


def prepared_rolled_back(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """The same after a rollback that undid the switch which rode in its message."""
    with entered(other):
        by_prepared_statement()
    with entered(ref) as connection:
        with tenancy.atomic():
            by_model()
            inside = by_prepared_statement()
            connection.set_rollback(True)
        return [(ref.slug, inside), (ref.slug, by_prepared_statement())]


def raw_connection(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """Psycopg's own connection, before Django has made any cursor."""
    with entered(ref) as connection:
        connection.ensure_connection()
        raw = connection.connection
        streamed = [row[0] for row in raw.cursor().stream(READ)]
        return [(ref.slug, raw.execute(READ).fetchone()[0]), *((ref.slug, label) for label in streamed)]


def raw_server_cursor(ref: TenantRef, other: TenantRef) -> list[Seen]:
    """Psycopg's own named cursor."""
    with entered(ref) as connection, tenancy.atomic(), connection.connection.cursor(name="leak") as cursor:
        cursor.execute(f"{ASKED} OR name = %s", MARKS)
        return [(ref.slug, row[0]) for row in cursor]


WAYS: tuple[Way, ...] = (
    autocommit, committed, rolled_back, savepoint_rolled_back, server_side_cursor, held_cursor, after_an_error, raw_rollback,
    many, copied, nested, carried_cursor, prepared_nested, prepared_rolled_back, raw_connection, raw_server_cursor,
)  # fmt: skip


def wander(refs: tuple[TenantRef, TenantRef], *, tally: Tally, rounds: int, seed: int) -> None:
    """All ways `rounds` times in an order of chance, the tenants changing places; `rounds * len(WAYS) * 2` reads."""
    chance = random.Random(seed)  # noqa: S311  (an order, not a secret)
    for _ in range(rounds):
        for way in chance.sample(WAYS, len(WAYS)):
            tally.add(way(*chance.sample(refs, 2)), way=way.__name__)


def in_threads(work: Callable[[int], None], *, threads: int) -> None:
    """Run `work(number)` in threads that start together; raises what the first failing one raised."""
    faults: list[BaseException] = []
    start = Barrier(threads)

    def run(number: int) -> None:
        try:
            start.wait()
            work(number)
        except BaseException as fault:  # noqa: BLE001  (carried to the thread that waits)
            faults.append(fault)
        finally:
            connections.close_all()

    running = [Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if faults:
        raise faults[0]


class _Undo(Exception):
    """Takes a savepoint back."""


def wrapper_of(alias: str, *, engine: type[BaseDatabaseWrapper], **settings: Any) -> BaseDatabaseWrapper:
    """Another Django connection to the database of an alias, with settings of its own."""
    return engine({**connections[alias].settings_dict, **settings}, alias)
