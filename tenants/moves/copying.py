"""Bringing rows over: publication and slot in the old place, subscription in the new one, and taking all of it down again.

Everything is named after the tenant and looked for before it is made, so that each function may run again from anywhere. The slot is made by
hand: `CREATE SUBSCRIPTION` would wait for itself where both databases are on one server (PostgreSQL documentation, CREATE SUBSCRIPTION).
"""

import time
from collections.abc import Callable

from psycopg import errors, sql

from kernel.tenancy import TenantRef
from tenants import partitions
from tenants.moves import servers
from tenants.moves.servers import MOVER_ROLE, OWNER_ROLE, Connection, acting_as, value
from tenants.places import Progress
from tenants.problems import MoveBroken, MoveHeldUp

POLL_S = 0.1
FAULTS_MAXIMUM = 12
"""A worker that fails is started again by the server about every five seconds; after as many the cause is taken for lasting."""

RELEASE_S = 10.0
SLOT_TIMEOUT_MS = 120_000

# Partitions are tables like others; the table that is cut into them holds nothing itself.
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' ORDER BY relname"
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' ORDER BY 1, 2
"""
SIZES = """
SELECT relname, pg_table_size(oid) + 1 FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'
"""
STATES = """
SELECT c.relname, r.srsubstate FROM pg_subscription s JOIN pg_subscription_rel r ON r.srsubid = s.oid JOIN pg_class c ON c.oid = r.srrelid
 WHERE s.subname = %s AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
FAULTS = "SELECT coalesce(sum(apply_error_count + sync_error_count), 0) FROM pg_stat_subscription_stats WHERE subname = %s"
REACHED = "SELECT latest_end_lsn >= %s::pg_lsn FROM pg_stat_subscription WHERE subname = %s AND worker_type = 'apply'"
SUBSCRIBED = """
SELECT 1 FROM pg_subscription WHERE subname = %s AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def tables_of(connection: Connection, schema: str) -> list[str]:
    """The names of the tables of a schema, sorted."""
    return [name for (name,) in connection.execute(TABLES, [schema])]


def empty(target: Connection, schema: str) -> None:
    """Remove every row that a fresh place has, in one transaction: all of them come from the old place.

    The triggers that keep the trail from being shortened are put aside for that transaction; nothing was ever told here.
    """
    names = tables_of(target, schema)
    with acting_as(target, OWNER_ROLE), target.transaction():
        for name in names:
            target.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(schema, name)))
        target.execute(sql.SQL("TRUNCATE {}").format(servers.names(names, schema=schema)))
        for name in names:
            target.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(schema, name)))


def cut_alike(source: Connection, target: Connection, *, schema: str) -> None:
    """Give the empty new place the partitions of the old one: rows are copied table by table, and each must find its own. Idempotent."""
    with acting_as(source, OWNER_ROLE):
        wanted = partitions.read(source, schema=schema)
    with acting_as(target, OWNER_ROLE), target.transaction():
        partitions.match(target, schema=schema, wanted=wanted)


def differing_columns(source: Connection, target: Connection, *, schema: str) -> set[str]:
    """The tables whose columns are not the same on both sides."""
    here, there = ({tuple(row) for row in side.execute(COLUMNS, [schema])} for side in (source, target))
    return {str(row[0]) for row in here ^ there}


def publish(source: Connection, ref: TenantRef, *, alias: str, on_wait: Callable[[], None]) -> None:
    """Offer the tenant's tables for copying and keep all changes from now on, until `withdraw`. Idempotent.

    A slot begins where no transaction of the whole server is underway that began before it. Raises MoveHeldUp when one does not end in time.
    """
    name = servers.name_of(ref.id)
    with acting_as(source, OWNER_ROLE):
        if not value(source, "SELECT 1 FROM pg_publication WHERE pubname = %s", name):
            tables = servers.names(tables_of(source, ref.schema), schema=ref.schema)
            source.execute(sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(sql.Identifier(name), tables))
        for right in ("USAGE ON SCHEMA {}", "SELECT ON ALL TABLES IN SCHEMA {}"):
            grant = sql.SQL("GRANT " + right + " TO {}")
            source.execute(grant.format(sql.Identifier(ref.schema), sql.Identifier(MOVER_ROLE)))
    servers.wake_mover(source, alias=alias)
    with acting_as(source, MOVER_ROLE):
        if not value(source, "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", name):
            _create_slot(source, name=name, on_wait=on_wait)


def subscribe(target: Connection, ref: TenantRef, *, conninfo: str) -> None:
    """Begin to copy into the empty place and to follow. Idempotent. Raises MoveBroken when this server cannot reach the other."""
    name = servers.name_of(ref.id)
    if is_subscribed(target, ref):
        return
    with acting_as(target, OWNER_ROLE):
        target.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(ref.schema), sql.Identifier(MOVER_ROLE)))
    statement = sql.SQL(
        "CREATE SUBSCRIPTION {name} CONNECTION {where} PUBLICATION {name} WITH (create_slot = false, slot_name = {slot})"
    )
    with acting_as(target, MOVER_ROLE):
        try:
            target.execute(statement.format(name=sql.Identifier(name), where=sql.Literal(conninfo), slot=sql.Literal(name)))
        except errors.ConnectionFailure as fault:
            raise MoveBroken(
                f"The new cell's server cannot log in at the old cell's: {str(fault).splitlines()[0]}. It uses the address that is "
                "configured for that cell, with a password."
            ) from fault


def is_subscribed(target: Connection, ref: TenantRef) -> bool:
    """Whether the new place follows the old one."""
    return value(target, SUBSCRIBED, servers.name_of(ref.id)) is not None


def wait_for_copy(source: Connection, target: Connection, *, ref: TenantRef, on_progress: Progress) -> None:
    """Return when every table has been copied and follows. Raises MoveBroken when a worker keeps failing."""
    name = servers.name_of(ref.id)
    sizes = {str(table): int(size) for table, size in source.execute(SIZES, [ref.schema])}
    faults_before = int(value(target, FAULTS, name))
    while True:
        states = {str(table): str(state) for table, state in target.execute(STATES, [name])}
        copied = sum(size for table, size in sizes.items() if states.get(table, "") in {"s", "r", "f"})
        on_progress(copied, sum(sizes.values()), "copying")
        if states and set(states.values()) == {"r"}:
            return
        _require_health(target, name=name, faults_before=faults_before)
        time.sleep(POLL_S)


def wait_for_changes(source: Connection, target: Connection, *, ref: TenantRef, on_progress: Progress) -> None:
    """Return when the new place has everything that had been written at the moment of the call. Raises MoveBroken."""
    name = servers.name_of(ref.id)
    faults_before = int(value(target, FAULTS, name))
    position = position_of(source)
    while not has_reached(target, ref, position=position):
        on_progress(0, 1, "catching up")
        _require_health(target, name=name, faults_before=faults_before)
        time.sleep(POLL_S)


def position_of(source: Connection) -> str:
    """Where the old server's log ends, after everything before it was put on disk: only what is there is sent on."""
    with acting_as(source, MOVER_ROLE):
        source.execute("SELECT pg_logical_emit_message(true, 'freehold.move', '')")
    return str(value(source, "SELECT pg_current_wal_insert_lsn()"))


def has_reached(target: Connection, ref: TenantRef, *, position: str) -> bool:
    """Whether everything up to a position of the old server's log has been written here."""
    return bool(value(target, REACHED, position, servers.name_of(ref.id)))


def pause(target: Connection, ref: TenantRef) -> None:
    """Let the workers of the new place stop. Idempotent."""
    if is_subscribed(target, ref):
        with acting_as(target, MOVER_ROLE):
            target.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(sql.Identifier(servers.name_of(ref.id))))


def end_senders(source: Connection, ref: TenantRef) -> None:
    """End what the old server does for this move: a sender that waits for a long transaction would keep the subscription from being dropped."""
    with acting_as(source, MOVER_ROLE):
        source.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [servers.name_of(ref.id)]
        )


def unsubscribe(target: Connection, ref: TenantRef) -> None:
    """Stop following. The slot on the other side is left to `withdraw`, so that this works while that server is away. Idempotent."""
    name = sql.Identifier(servers.name_of(ref.id))
    if not is_subscribed(target, ref):
        return
    with acting_as(target, MOVER_ROLE):
        target.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(name))
        target.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(name))
        target.execute(sql.SQL("DROP SUBSCRIPTION {}").format(name))
    with acting_as(target, OWNER_ROLE):
        if value(target, "SELECT to_regnamespace(%s) IS NOT NULL", ref.schema):
            target.execute(
                sql.SQL("REVOKE USAGE ON SCHEMA {} FROM {}").format(sql.Identifier(ref.schema), sql.Identifier(MOVER_ROLE))
            )


def withdraw(source: Connection, ref: TenantRef) -> None:
    """Drop slot and publication: a slot that is left keeps the server's log from being recycled until the disk is full. Idempotent."""
    name = servers.name_of(ref.id)
    drop_slots(source, ref)
    with acting_as(source, OWNER_ROLE):
        source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
        if value(source, "SELECT to_regnamespace(%s) IS NOT NULL", ref.schema):
            for right in ("ALL ON ALL TABLES IN SCHEMA {}", "USAGE ON SCHEMA {}"):
                revoke = sql.SQL("REVOKE " + right + " FROM {}")
                source.execute(revoke.format(sql.Identifier(ref.schema), sql.Identifier(MOVER_ROLE)))


def drop_slots(source: Connection, ref: TenantRef) -> None:
    """Drop the move's slot, after ending the process that serves it. The short ones of single tables end with their subscription."""
    name = servers.name_of(ref.id)
    until = time.monotonic() + RELEASE_S
    with acting_as(source, MOVER_ROLE):
        while value(source, "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND database = current_database()", name):
            try:
                source.execute("SELECT pg_drop_replication_slot(%s)", [name])
            except errors.ObjectInUse:
                if time.monotonic() > until:
                    raise
                source.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", [name])
                time.sleep(POLL_S)


def _create_slot(source: Connection, *, name: str, on_wait: Callable[[], None]) -> None:
    source.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(SLOT_TIMEOUT_MS)))
    creation = sql.SQL("SELECT slot_name FROM pg_create_logical_replication_slot({}, 'pgoutput')").format(sql.Literal(name))
    try:
        servers.patient_value(source, creation, on_wait=on_wait)
    except errors.QueryCanceled as fault:
        raise MoveHeldUp(
            "A transaction on the old cell's server has been open for minutes, and changes can be followed only from a moment at which none is. "
            "End it, then resume."
        ) from fault
    source.execute("RESET statement_timeout")


def _require_health(target: Connection, *, name: str, faults_before: int) -> None:
    if int(value(target, FAULTS, name)) - faults_before >= FAULTS_MAXIMUM:
        raise MoveBroken("The new cell's server keeps failing to copy; its log tells why. Nothing has changed for the tenant.")


def count_rows(target: Connection, schema: str, *, on_wait: Callable[[], None]) -> int:
    """How many rows the new place holds by now."""
    counts = [sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(schema, name)) for name in tables_of(target, schema)]
    with acting_as(target, OWNER_ROLE):
        return int(servers.patient_value(target, sql.SQL("SELECT {}").format(sql.SQL(" + ").join(counts)), on_wait=on_wait))
