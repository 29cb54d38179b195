"""A copy's side: tables that nobody but the replication may write, and the subscription that fills them."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors, sql

from kernel import tenancy
from tenants.moves.servers import MOVER_ROLE, OWNER_ROLE, acting_as, value
from tenants.placement import opening
from tenants.placement.opening import Connection
from tenants.problems import CopyImpossible
from tenants.registry_copy.columns import COPIED, INDEXED, PUBLICATION, SLOT_PREFIX

READER_ROLE = "freehold_home"
COPIED_WITHIN_S = 60.0
POLL_S = 0.05

TYPES = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
 WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
"""
SUBSCRIBED = """
SELECT 1 FROM pg_subscription WHERE subname = %s AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
UNREADY = """
SELECT count(*) FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid
 WHERE s.subname = %s AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND r.srsubstate <> 'r'
"""
HEARD = """
SELECT extract(epoch FROM now() - latest_end_time)::float8 FROM pg_stat_subscription WHERE subname = %s AND relid IS NULL
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """How a copy is: whether every table is there and follows, how many tenants it has, and how long ago home was heard, in seconds."""

    place: str
    slot: str
    is_following: bool
    tenant_count: int
    heard_s: float | None


def slot_of(entry: Mapping[str, Any]) -> str:
    """The name of the slot at home that serves this copy: the same for the same database, whatever it is called. Raises CopyImpossible."""
    with _opened(entry) as copy:
        return _slot_of(copy)


def require_fit(entry: Mapping[str, Any]) -> None:
    """Refuse a database that cannot hold a copy: away, home itself, one with foreign tables, or without the rights. Raises CopyImpossible."""
    with _opened(entry) as copy, opening.opened(opening.entry_of(tenancy.HOME)) as home:
        if opening.place_of(copy) == opening.place_of(home):
            raise CopyImpossible("This is the home database itself.")
        tables = {name for (name,) in copy.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        if tables - set(COPIED):
            raise CopyImpossible(f"Somebody uses the database: it has the tables {', '.join(sorted(tables - set(COPIED))[:5])}.")
        if not value(
            copy, "SELECT pg_has_role(r.oid, 'pg_create_subscription', 'USAGE') FROM pg_roles r WHERE rolname = %s", MOVER_ROLE
        ):
            raise CopyImpossible(
                f"The role {MOVER_ROLE} is missing there or may not subscribe. Run `manage.py prepare_server` with a superuser of that server."
            )


def make_tables(entry: Mapping[str, Any]) -> None:
    """Make the tables, or add the columns that a new release copies. Idempotent. A copy may be read by one role and written by none of ours.

    Columns come to the copy before home offers them: what arrives for a column that is missing stops the replication.
    """
    types = _types_at_home()
    with _opened(entry) as copy, acting_as(copy, OWNER_ROLE):
        for table, columns in COPIED.items():
            _make_table(copy, table, {name: types[table][name] for name in columns})
        for role in (READER_ROLE, MOVER_ROLE):
            copy.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))


def subscribe(entry: Mapping[str, Any], *, slot: str, conninfo: str) -> bool:
    """Begin to follow home; whether that is new. Idempotent; takes over what home newly offers. Raises CopyImpossible."""
    with _opened(entry) as copy, acting_as(copy, MOVER_ROLE):
        is_new = not value(copy, SUBSCRIBED, slot)
        parts = {"name": sql.Identifier(slot), "where": sql.Literal(conninfo), "slot": sql.Literal(slot)}
        statements = (
            (
                "CREATE SUBSCRIPTION {name} CONNECTION {where} PUBLICATION "
                + PUBLICATION
                + " WITH (create_slot = false, slot_name = {slot})",
            )
            if is_new
            else ("ALTER SUBSCRIPTION {name} CONNECTION {where}", "ALTER SUBSCRIPTION {name} REFRESH PUBLICATION")
        )
        try:
            for statement in statements:
                copy.execute(sql.SQL(statement).format(**parts))
        except errors.ConnectionFailure as fault:
            first = str(fault).splitlines()[0]
            raise CopyImpossible(
                f"The copy's server cannot log in at home: {first}. Name the address that it sees with --home."
            ) from fault
        return is_new


def wait_until_copied(entry: Mapping[str, Any], *, slot: str) -> None:
    """Return when every table has been copied and follows. Raises CopyImpossible after a minute."""
    until = time.monotonic() + COPIED_WITHIN_S
    with _opened(entry) as copy:
        while value(copy, UNREADY, slot):
            if time.monotonic() > until:
                raise CopyImpossible("Not everything was copied within a minute; the log of the copy's server tells why.")
            time.sleep(POLL_S)


def drop(entry: Mapping[str, Any]) -> bool:
    """Stop following and drop the tables; whether there was a copy. Home's slot is left to `publishing.drop_slot`. Idempotent."""
    with _opened(entry) as copy:
        name = _slot_of(copy)
        was_there = bool(value(copy, SUBSCRIBED, name))
        if was_there:
            with acting_as(copy, MOVER_ROLE):
                for statement in (
                    "ALTER SUBSCRIPTION {} DISABLE",
                    "ALTER SUBSCRIPTION {} SET (slot_name = NONE)",
                    "DROP SUBSCRIPTION {}",
                ):
                    copy.execute(sql.SQL(statement).format(sql.Identifier(name)))
        with acting_as(copy, OWNER_ROLE):
            for table in COPIED:
                copy.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier("public", table)))
        return was_there


def look(entry: Mapping[str, Any]) -> Copy:
    """How a copy is now. Raises CopyImpossible when it does not answer or there is none."""
    with _opened(entry) as copy:
        name = _slot_of(copy)
        with acting_as(copy, READER_ROLE):
            if not value(
                copy, "SELECT has_schema_privilege('public', 'USAGE') AND to_regclass('public.tenants_tenant') IS NOT NULL"
            ):
                raise CopyImpossible("There is no copy in this database. Make one with manage.py registry subscribe.")
            count = int(value(copy, "SELECT count(*) FROM public.tenants_tenant"))
        is_following = bool(value(copy, SUBSCRIBED, name)) and not value(copy, UNREADY, name)
        heard_s = value(copy, HEARD, name)
        return Copy(opening.told_place(entry), name, is_following, count, None if heard_s is None else round(float(heard_s), 3))


def _types_at_home() -> dict[str, dict[str, str]]:
    with opening.opened(opening.entry_of(tenancy.HOME)) as home, acting_as(home, OWNER_ROLE):
        return {table: dict(home.execute(TYPES, [f"public.{table}"]).fetchall()) for table in COPIED}


def _slot_of(copy: Connection) -> str:
    server, database = opening.place_of(copy)
    return SLOT_PREFIX + hashlib.sha256(f"{server}:{database}".encode()).hexdigest()[:16]


def _make_table(copy: Connection, table: str, types: Mapping[str, str]) -> None:
    name, key = sql.Identifier("public", table), next(iter(types))
    copy.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({} {} PRIMARY KEY)").format(name, sql.Identifier(key), _type(types[key])))
    for column, kind in types.items():
        copy.execute(sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} {}").format(name, sql.Identifier(column), _type(kind)))
    for column in INDEXED.get(table, ()):
        index = sql.Identifier(f"{table}_{column}_copy")
        copy.execute(sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(index, name, sql.Identifier(column)))
    copy.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(name, sql.Identifier(READER_ROLE)))


def _type(name: str) -> sql.SQL:
    """A type as home's own catalog spells it."""
    return sql.SQL(name)


@contextmanager
def _opened(entry: Mapping[str, Any]) -> Iterator[Connection]:
    """A connection to the copy's database. Raises CopyImpossible when it does not let us in."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(opening.opened(entry))
        except psycopg.OperationalError as fault:
            first = str(fault).strip().partition("\n")[0]
            raise CopyImpossible(f"The database at {opening.told_place(entry)} does not let us in: {first}.") from fault
        yield connection
