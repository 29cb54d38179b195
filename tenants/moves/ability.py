"""What a database needs so that a tenant can be moved out of it or into it, and what hinders one tenant between two of them."""

from kernel.tenancy import TenantRef
from tenants import provisioning
from tenants.moves import servers
from tenants.moves.servers import Connection

MINIMUM_VERSION = 160000
FREE_SLOTS = 3
"""Of a move: one for the whole, two for tables that are copied at the same time."""

LIMITS = ("max_replication_slots", "max_wal_senders", "max_logical_replication_workers")
PREPARE = "Run `manage.py prepare_server` with a superuser of this server; the embedded one is prepared at each start."

_ROLE = """
SELECT r.rolreplication AND r.rolcanlogin,
       pg_has_role(r.oid, 'pg_create_subscription', 'USAGE'),
       pg_has_role(r.oid, 'freehold_owner', 'SET'),
       pg_has_role(session_user, r.oid, 'SET') AND pg_has_role(session_user, r.oid, 'MEMBER WITH ADMIN OPTION'),
       has_database_privilege(r.oid, current_database(), 'CREATE') AND has_database_privilege(r.oid, current_database(), 'CONNECT')
  FROM pg_roles r WHERE r.rolname = 'freehold_mover'
"""
_WANTING = (
    "freehold_mover may not log in and replicate.",
    "freehold_mover may not create subscriptions (pg_create_subscription).",
    "freehold_mover may not write as freehold_owner.",
    "The login may not take on freehold_mover and give it a password.",
    "freehold_mover may not connect to this database and create a subscription there.",
)
_UNFIT_TABLES = """
SELECT c.relname,
       NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND (i.indisprimary OR i.indisreplident)),
       c.relpersistence <> 'p', c.relowner <> 'freehold_owner'::regrole
  FROM pg_class c WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p', 'f', 'm') ORDER BY c.relname
"""


def problems_of(alias: str) -> list[str]:
    """What keeps tenants from being moved into or out of a cell, one sentence each; empty when nothing does. Raises Unavailable."""
    with servers.opened(alias) as connection:
        return [*_of_server(connection), *_of_role(connection)]


def problems_between(ref: TenantRef, *, target: str) -> list[str]:
    """What keeps one tenant from being moved from its cell to another: the cells, or its own tables. Raises Unavailable."""
    with servers.opened(ref.cell) as source, servers.opened(target) as other:
        if servers.place_of(source) == servers.place_of(other):
            return [f"{ref.cell} and {target} are the same database."]
        found = [f"{alias}: {text}" for alias in (ref.cell, target) for text in problems_of(alias)]
        return [*found, *_of_tables(source, ref)]


def _of_server(connection: Connection) -> list[str]:
    found = []
    if connection.info.server_version < MINIMUM_VERSION:
        found.append("PostgreSQL 16 or later is needed.")
    level = servers.value(connection, "SHOW wal_level")
    if level != "logical":
        found.append(f"wal_level is {level}; set it to logical and restart the server.")
    slots = int(servers.value(connection, "SELECT count(*) FROM pg_replication_slots"))
    for name in LIMITS:
        limit = int(servers.value(connection, "SELECT current_setting(%s)", name))
        used = slots if name == "max_replication_slots" else 0
        if limit - used < FREE_SLOTS:
            found.append(f"{name} is {limit}, {used} are in use; a move needs {FREE_SLOTS} free ones.")
    return found


def _of_role(connection: Connection) -> list[str]:
    row = connection.execute(_ROLE).fetchone()
    if row is None:
        return [f"The role freehold_mover is missing. {PREPARE}"]
    return [f"{text} {PREPARE}" for text, is_given in zip(_WANTING, row, strict=True) if not is_given]


def _of_tables(source: Connection, ref: TenantRef) -> list[str]:
    found = []
    for name, lacks_key, is_temporary, is_foreign in source.execute(_UNFIT_TABLES, [ref.schema]):
        if lacks_key:
            found.append(f"The table {name} has no primary key.")
        if is_temporary:
            found.append(f"The table {name} is not logged, so its rows cannot be followed.")
        if is_foreign:
            found.append(f"The table {name} does not belong to freehold_owner.")
    if not found and provisioning.behind([ref]):
        found.append("Its tables are not at the state of this release. Migrate it first (manage.py fleet migrate).")
    return found
