"""What a move leaves behind: the old place under a name that no tenant has, and traces of moves that nobody works on any more."""

from uuid import UUID

from psycopg import sql

from tenants.moves.servers import OWNER_ROLE, Connection, acting_as, value
from tenants.moves.walls import MARK
from tenants.places import SEALER_ROLE

TRACES = """
SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'freehold\\_move\\_%%' AND database = current_database()
UNION SELECT pubname FROM pg_publication WHERE pubname LIKE 'freehold\\_move\\_%%'
UNION SELECT subname FROM pg_subscription WHERE subname LIKE 'freehold\\_move\\_%%'
   AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION SELECT 'freehold_move_' || substr(n.nspname, 3) FROM pg_namespace n
 WHERE n.nspname LIKE 't\\_%%' AND obj_description(n.oid, 'pg_namespace') LIKE %s
"""


def aside_name(schema: str, *, mark: str) -> str:
    """What the old place is called once nobody may use it; `mark` tells one move from another, so that a tenant may come back."""
    return f"moved_{schema.removeprefix('t_')}_{mark}"


def put_aside(source: Connection, schema: str, *, name: str) -> None:
    """Rename the old place and take every right to it from everybody but its owner. Idempotent.

    The role stays until the place is dropped. Connections may still stand as it, and a tenant that comes back must be the same to them: a role
    that is made anew under the same name is another one to PostgreSQL.
    """
    with acting_as(source, OWNER_ROLE), source.transaction():
        if value(source, "SELECT to_regnamespace(%s) IS NOT NULL", schema):
            source.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(name)))
        if not value(source, "SELECT 1 FROM pg_roles WHERE rolname = %s", schema):
            return
        parts = {"schema": sql.Identifier(name), "role": sql.Identifier(schema), "sealer": sql.Identifier(SEALER_ROLE)}
        for statement in (
            "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}, {sealer}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}, {sealer}",
            "REVOKE ALL ON SCHEMA {schema} FROM {role}, {sealer}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON SEQUENCES FROM {role}",
        ):
            source.execute(sql.SQL(statement).format(**parts))


def traces(connection: Connection) -> list[UUID]:
    """The tenants of whose moves something is left in this database: a slot, a publication, a subscription or a wall."""
    return [UUID(name.rpartition("_")[2]) for (name,) in connection.execute(TRACES, [MARK + "%"])]
