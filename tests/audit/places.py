"""A tenant's log as the roles of its database see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connections, transaction

from audit import partitions
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef

INSERT = """
INSERT INTO {table} (id, received_at, action, outcome, actor_kind, actor_id, actor_label, subject, subject_label, request_id, address, canonical, mac)
VALUES ('{id}', now(), 'tests.thing.happened', 'success', 'system', 'sys', 'S', 'thing_1', 'Thing', '', '', '{{}}', '\\x00')
"""


def insert(table: str, *, entry_id: UUID) -> str:
    """The statement by which code of the release before tells of something: it names none of the columns that came later."""
    return INSERT.format(table=table, id=entry_id)


def id_at(year: int, month: int, *, number: int = 0) -> UUID:
    """An id that was given on the fifteenth of a month."""
    return UUID(int=partitions.lowest_id(datetime(year, month, 15, tzinfo=UTC)).int + number)


@contextmanager
def owning(ref: TenantRef) -> Iterator[None]:
    """As the owner of the tables."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        yield


def run(ref: TenantRef, statement: str, *, purpose: Purpose = Purpose.MIGRATE) -> list[tuple[Any, ...]]:
    """The rows of a statement, if it has any."""
    with tenancy.activate(ref, purpose=purpose), connections[ref.cell].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


def said(ref: TenantRef, statement: str, *, purpose: Purpose) -> str:
    """What the database says to a statement of a role: `done`, or the words of its refusal."""
    try:
        with tenancy.activate(ref, purpose=purpose), transaction.atomic(using=ref.cell), connections[ref.cell].cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as refused:
        return str(refused).splitlines()[0]
    return "done"
