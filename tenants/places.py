"""A tenant's place in a cell: its role and its schema. Made before the tables, dropped after them.

Nothing here knows of the registry's rows: a place is named by its cell and its schema, whoever has it.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import InternalError, connections, transaction
from psycopg import errors, sql

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef

OWNER_ROLE = "freehold_owner"
SEALER_ROLE = "freehold_sealer"
NOBODY = UUID(int=0)
TABLES_AT_ONCE = 6
"""Tables dropped in one transaction. Each takes a dozen locks with its indexes; a whole schema at once would take hundreds."""

WAY_IN = sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}, {sealer}")
NO_WAY_IN = sql.SQL("REVOKE USAGE ON SCHEMA {schema} FROM {role}, {sealer}")
"""Without this right no statement of the tenant's role, or of the sealer in it, finds a table. `names_of` fills both in."""

Progress = Callable[[int, int, str], None]
"""May raise to stop the work. Called with (done, of, what) before each part of the work and once at the end."""


def quietly(done: int, of: int, what: str) -> None:
    """Progress that nobody asked for."""
    del done, of, what


def ref_of(cell: str, *, schema: str, tenant_id: UUID = NOBODY) -> TenantRef:
    """What it takes to enter a place that no tenant has: one that is being made, waits, or is to be dropped."""
    return TenantRef(
        id=tenant_id, slug=schema, name=schema, schema=schema, cell=cell, state="provisioning", state_reason="", version=0, code=""
    )


def create_schema(ref: TenantRef) -> None:
    """Make the tenant's role and its schema, with rights on all tables that will come. Idempotent."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        _create_role(cursor, ref.schema)
        _create_schema(cursor, ref.schema)


def has_tables(ref: TenantRef) -> bool:
    """Whether anything was made in the schema; False as well when there is no schema."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        return bool(tables_of(cursor, ref.schema))


def tables_of(cursor: Any, schema: str) -> list[str]:
    """The names of the tables of a schema, partitions first and each in order; empty when there is no such schema.

    Whoever drops them so never drops a table together with all its partitions.
    """
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind IN ('r', 'p')"
        " ORDER BY NOT c.relispartition, c.relname",
        [schema],
    )
    return [name for (name,) in cursor.fetchall()]


def names_of(schema: str) -> dict[str, sql.Identifier]:
    """A schema, the role of its tenant, which is named alike, and the sealer's."""
    return {"schema": sql.Identifier(schema), "role": sql.Identifier(schema), "sealer": sql.Identifier(SEALER_ROLE)}


def drop_place(cell: str, schema: str, *, on_progress: Progress) -> None:
    """Drop a schema with all that is in it, and its role; a few tables per transaction, so that no transaction holds hundreds of locks.

    Idempotent, and may be stopped anywhere. The role stays while another database of the same server has a place of that name.
    """
    ref = ref_of(cell, schema=schema)
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[cell].cursor() as cursor:
        tables = tables_of(cursor, schema)
    steps = len(tables) // TABLES_AT_ONCE + 3
    for number, start in enumerate(range(0, len(tables), TABLES_AT_ONCE)):
        on_progress(number, steps, tables[start])
        _drop_tables(ref, tables[start : start + TABLES_AT_ONCE])
    on_progress(steps - 2, steps, schema)
    _run(ref, sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    _drop_role(ref)
    on_progress(steps, steps, "")


def _create_role(cursor: Any, name: str) -> None:
    """A role without login that only the installation's login may take on.

    The login, not the owner role, may create roles, so the owner's role is left and entered again in the same message.
    """
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
    creation = sql.SQL("") if cursor.fetchone() else sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT;").format(sql.Identifier(name))
    cursor.execute(
        sql.SQL("RESET ROLE; {} GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE; SET ROLE {}").format(
            creation, sql.Identifier(name), sql.Identifier(OWNER_ROLE)
        )
    )


def _create_schema(cursor: Any, name: str) -> None:
    """The schema belongs to the owner role; the tenant's role may use what is in it and make nothing there. One message."""
    statements = (
        sql.SQL("CREATE SCHEMA IF NOT EXISTS {schema}"),
        WAY_IN,
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}"),
    )
    cursor.execute(sql.SQL("; ").join(statement.format(**names_of(name)) for statement in statements))


def _drop_tables(ref: TenantRef, names: list[str]) -> None:
    tables = sql.SQL(", ").join(sql.Identifier(ref.schema, name) for name in names)
    _run(ref, sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(tables))


def _run(ref: TenantRef, statement: sql.Composable) -> None:
    """One statement in a transaction of its own."""
    with (
        tenancy.activate(ref, purpose=Purpose.MIGRATE),
        transaction.atomic(using=ref.cell),
        connections[ref.cell].cursor() as cursor,
    ):
        cursor.execute(statement)


def _drop_role(ref: TenantRef) -> None:
    """Roles belong to the server: one that still has rights in another of its databases is left to whoever drops that place."""
    drop = sql.SQL("RESET ROLE; DROP ROLE IF EXISTS {}; SET ROLE {}").format(sql.Identifier(ref.schema), sql.Identifier(OWNER_ROLE))
    try:
        _run(ref, drop)
    except InternalError as fault:
        if not isinstance(fault.__cause__, errors.DependentObjectsStillExist):
            raise
