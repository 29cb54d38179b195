"""Walls round the old place: what makes it certain that nothing is written there after the last row was carried over.

The state `moving` keeps out whoever asks the registry; a process that has not heard of it, or passed the gate a moment before, still stands in
the old place. So the rights themselves are taken from the tenant's role and the sealer's. What they were is noted beside the schema, in the same
transaction, so that they come back exactly, whoever takes the walls down.
"""

import time

import orjson
from psycopg import sql

from tenants.moves.servers import MOVER_ROLE, OWNER_ROLE, Connection, acting_as, value
from tenants.places import NO_WAY_IN, WAY_IN, names_of

MARK = "freehold.move "
POLL_S = 0.002

WRITING = {"r": ("INSERT", "UPDATE", "DELETE", "TRUNCATE"), "S": ("USAGE", "UPDATE")}
"""The rights that let somebody write: to tables, and to the sequences behind their keys."""

RIGHTS = """
SELECT c.relname, c.relkind::text, grantee.rolname, array_agg(acl.privilege_type ORDER BY acl.privilege_type)
  FROM pg_class c, aclexplode(c.relacl) acl JOIN pg_roles grantee ON grantee.oid = acl.grantee
 WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p', 'S') AND acl.grantee <> c.relowner AND grantee.rolname <> %s
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
WRITERS = """
SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
 WHERE c.relnamespace = to_regnamespace(%s) AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
NOTE = "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')"


def stop_writers(source: Connection, schema: str) -> None:
    """Take from everybody but the owner the right to write; what is being written may end. Idempotent.

    A lock is taken before rights are checked, so whoever passed the check can be seen by `are_writing`.
    """
    if is_up(source, schema):
        return
    with acting_as(source, OWNER_ROLE), source.transaction():
        rights = [
            (name, "S" if kind == "S" else "r", role, [right for right in held if right in WRITING["S" if kind == "S" else "r"]])
            for name, kind, role, held in source.execute(RIGHTS, [schema, MOVER_ROLE])
        ]
        rights = [row for row in rights if row[3]]
        for name, kind, role, held in rights:
            source.execute(_change("REVOKE", held, kind=kind, schema=schema, name=name, role=role))
        _note(source, schema, MARK + orjson.dumps(rights).decode())


def stop_readers(source: Connection, schema: str) -> None:
    """Take away the way to the tables: from here on nobody sees the old place, so nobody sees it grow old. Idempotent."""
    with acting_as(source, OWNER_ROLE):
        source.execute(NO_WAY_IN.format(**names_of(schema)))


def take_down(source: Connection, schema: str) -> None:
    """Give back exactly what was taken. Idempotent; does nothing where no wall stands."""
    note = str(value(source, NOTE, schema) or "")
    if not note.startswith(MARK):
        return
    with acting_as(source, OWNER_ROLE), source.transaction():
        for name, kind, role, held in orjson.loads(note.removeprefix(MARK)):
            source.execute(_change("GRANT", held, kind=kind, schema=schema, name=name, role=role))
        source.execute(WAY_IN.format(**names_of(schema)))
        _note(source, schema, None)


def is_up(source: Connection, schema: str) -> bool:
    """Whether nobody may write to a place."""
    return str(value(source, NOTE, schema) or "").startswith(MARK)


def are_writing(source: Connection, schema: str) -> bool:
    """Whether a transaction that began before the wall still holds what it wrote."""
    return bool(value(source, WRITERS, schema))


def wait_for_writers(source: Connection, schema: str, *, patience_s: float) -> bool:
    """Whether all who were writing have ended within the patience."""
    until = time.monotonic() + patience_s
    while are_writing(source, schema):
        if time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    return True


def _change(verb: str, rights: list[str], *, kind: str, schema: str, name: str, role: str) -> sql.Composed:
    return sql.SQL("{verb} {rights} ON {kind} {name} {direction} {role}").format(
        verb=sql.SQL(verb),
        rights=sql.SQL(", ").join(sql.SQL(right) for right in rights),
        kind=sql.SQL("SEQUENCE" if kind == "S" else "TABLE"),
        name=sql.Identifier(schema, name),
        direction=sql.SQL("TO" if verb == "GRANT" else "FROM"),
        role=sql.Identifier(role),
    )


def _note(source: Connection, schema: str, text: str | None) -> None:
    source.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(schema), sql.Literal(text)))
