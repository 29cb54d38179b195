"""Closing a tenant's place to everybody but its owner role, so that a copy of it holds all that was ever acknowledged.

The state in the registry shuts the gate, but a request that has passed it, or a process that has not heard yet, still writes. Without the
right to its schema no further statement of the tenant's role finds a table; those that were writing are waited for. One right is taken and
given back, so that reopening restores exactly what was.
"""

import time
from typing import Any

from django.db import OperationalError, connections, transaction
from psycopg import errors, sql

from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import Purpose, TenantRef
from tenants.places import NO_WAY_IN, WAY_IN, Progress, names_of, tables_of

ATTEMPTS = 30
LOCK_TIMEOUT_MS = 1000


def close(ref: TenantRef, *, on_progress: Progress) -> None:
    """Let nobody write to a place any more, and wait until all who were at it are done: up to about 30 seconds. Idempotent.

    Raises Unavailable when a transaction goes on for longer; the place stays closed then, for another attempt or `reopen`.
    """
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        if not _exists(cursor, ref.schema):
            return
        cursor.execute(NO_WAY_IN.format(**names_of(ref.schema)))
        tables = tables_of(cursor, ref.schema)
    for attempt in range(ATTEMPTS):
        on_progress(attempt, ATTEMPTS, "waiting for writers")
        if not tables or _is_quiet(ref, tables):
            on_progress(ATTEMPTS, ATTEMPTS, "")
            return
        time.sleep(0.1)
    raise Unavailable(
        f"A transaction in {ref.slug} has gone on for half a minute. Nothing was lost; it is tried again.", retry_after_s=30
    )


def reopen(ref: TenantRef) -> None:
    """Give back what `close` took. Idempotent; does nothing where there is no place."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        if _exists(cursor, ref.schema):
            cursor.execute(WAY_IN.format(**names_of(ref.schema)))


def is_closed(ref: TenantRef) -> bool:
    """Whether the tenant's role has lost its way to its tables."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(
            "SELECT NOT has_schema_privilege(r.oid, n.oid, 'USAGE') FROM pg_namespace n JOIN pg_roles r ON r.rolname = n.nspname"
            " WHERE n.nspname = %s",
            [ref.schema],
        )
        row = cursor.fetchone()
        return bool(row and row[0])


def _is_quiet(ref: TenantRef, tables: list[str]) -> bool:
    """Whether a lock that no writer tolerates is to be had on every table: whoever was writing has ended."""
    listed = sql.SQL(", ").join(sql.Identifier(ref.schema, table) for table in tables)
    try:
        with (
            tenancy.activate(ref, purpose=Purpose.MIGRATE),
            transaction.atomic(using=ref.cell),
            connections[ref.cell].cursor() as cursor,
        ):
            cursor.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT_MS)))
            cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(listed))
    except OperationalError as fault:
        if isinstance(fault.__cause__, errors.LockNotAvailable):
            return False
        raise
    return True


def _exists(cursor: Any, schema: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
    return cursor.fetchone() is not None
