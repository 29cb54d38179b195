"""Home's side: a publication of the routing columns, a role that may read nothing else, and one slot per copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import errors, sql

from kernel import databases, sealing, tenancy
from tenants.moves.servers import OWNER_ROLE, acting_as, value
from tenants.placement import opening
from tenants.placement.opening import Connection
from tenants.problems import CopyImpossible
from tenants.registry_copy.columns import COPIED, COPIER_ROLE, PUBLICATION, SLOT_PREFIX

PREPARE = "Run `manage.py prepare_server` with a superuser of home's server; the embedded one is prepared at each start."
OFFERED = "SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = %s"
SLOTS = """
SELECT slot_name, active, coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::bigint,
       coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn), 0)::bigint, coalesce(wal_status, '')
  FROM pg_replication_slots WHERE slot_name LIKE %s AND database = current_database() ORDER BY slot_name
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """How home keeps one copy up to date: whether it listens, how far it is behind, and how much log is kept for it, in bytes."""

    name: str
    is_active: bool
    kept_bytes: int
    behind_bytes: int
    wal_status: str


def publish() -> bool:
    """Offer the routing columns to copies; whether anything was to do. Idempotent. Raises CopyImpossible."""
    with opening.opened(opening.entry_of(tenancy.HOME)) as home:
        _require_ability(home)
        wanted = {table: set(columns) for table, columns in COPIED.items()}
        offered = {table: set(columns) for table, columns in home.execute(OFFERED, [PUBLICATION])}
        _grant(home)
        if offered == wanted:
            return False
        with acting_as(home, OWNER_ROLE):
            is_there = value(home, "SELECT 1 FROM pg_publication WHERE pubname = %s", PUBLICATION)
            verb = "ALTER PUBLICATION {} SET TABLE {}" if is_there else "CREATE PUBLICATION {} FOR TABLE {}"
            home.execute(sql.SQL(verb).format(sql.Identifier(PUBLICATION), _tables()))
        return True


def withdraw() -> bool:
    """Offer nothing any more; whether anything was offered. Raises CopyImpossible while copies follow."""
    with opening.opened(opening.entry_of(tenancy.HOME)) as home:
        if not value(home, "SELECT 1 FROM pg_publication WHERE pubname = %s", PUBLICATION):
            return False
        names = [slot.name for slot in _slots(home)]
        if names:
            raise CopyImpossible(f"Copies follow home: {', '.join(names)}. Drop them first.", slots=names)
        with acting_as(home, OWNER_ROLE):
            home.execute(sql.SQL("DROP PUBLICATION {}").format(sql.Identifier(PUBLICATION)))
        return True


def is_published() -> bool:
    """Whether home offers its routing table."""
    with opening.opened(opening.entry_of(tenancy.HOME)) as home:
        return value(home, "SELECT 1 FROM pg_publication WHERE pubname = %s", PUBLICATION) is not None


def make_slot(name: str) -> None:
    """Keep every change for one copy from now on. Idempotent.

    Made by hand, because CREATE SUBSCRIPTION would wait for itself where the copy is on home's own server.
    """
    with opening.opened(opening.entry_of(tenancy.HOME)) as home, acting_as(home, COPIER_ROLE):
        if not value(home, "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", name):
            home.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [name])


def drop_slot(name: str) -> bool:
    """Keep nothing for a copy any more; whether something was kept. A slot without a copy fills up home's disk."""
    with opening.opened(opening.entry_of(tenancy.HOME)) as home, acting_as(home, COPIER_ROLE):
        if not value(home, "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND database = current_database()", name):
            return False
        try:
            home.execute("SELECT pg_drop_replication_slot(%s)", [name])
        except errors.ObjectInUse as fault:
            raise CopyImpossible(f"The copy of {name} still listens. Drop it at its own database first.", slots=[name]) from fault
        return True


def slots() -> list[Slot]:
    """All copies that home knows of, by the name of their slot."""
    with opening.opened(opening.entry_of(tenancy.HOME)) as home:
        return _slots(home)


def conninfo(*, at: str) -> str:
    """How a copy's server logs in at home: at the address that we use, or at `at` (`host` or `host:port`) where that sees another one."""
    entry: Mapping[str, Any] = opening.entry_of(tenancy.HOME)
    changed = {"user": COPIER_ROLE, "password": _password(), "application_name": PUBLICATION}
    if at:
        host, _, port = at.rpartition(":") if at.rpartition(":")[2].isdigit() else (at, "", "")
        changed |= {"host": host, "port": port or str(entry.get("PORT") or "5432")}
    return databases.conninfo(entry, **changed)


def _slots(home: Connection) -> list[Slot]:
    return [Slot(*row) for row in home.execute(SLOTS, [SLOT_PREFIX.replace("_", r"\_") + "%"])]


def _require_ability(home: Connection) -> None:
    level = value(home, "SHOW wal_level")
    if level != "logical":
        raise CopyImpossible(f"wal_level of home's server is {level}. Set it to logical and restart that server.")
    if not value(home, "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolreplication AND rolcanlogin", COPIER_ROLE):
        raise CopyImpossible(f"The role {COPIER_ROLE} is missing at home. {PREPARE}")


def _grant(home: Connection) -> None:
    """Let the copier read these columns and log in. Its password follows from the installation's pepper, so that nothing has to be kept."""
    role = sql.Identifier(COPIER_ROLE)
    with acting_as(home, OWNER_ROLE):
        home.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        for table, columns in COPIED.items():
            listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
            home.execute(sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier("public", table), role))
    verifier = home.pgconn.encrypt_password(_password().encode(), COPIER_ROLE.encode(), b"scram-sha-256").decode()
    home.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(verifier)))


def _tables() -> sql.Composable:
    return sql.SQL(", ").join(
        sql.SQL("{} ({})").format(sql.Identifier("public", table), sql.SQL(", ").join(sql.Identifier(name) for name in columns))
        for table, columns in COPIED.items()
    )


def _password() -> str:
    return sealing.digest(b"home", purpose="tenants.registry-copy").hex()
