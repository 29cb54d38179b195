"""The roles and databases that Freehold needs on a PostgreSQL server, embedded or somebody else's.

Each function is idempotent, looks before it writes, and works for a superuser as well as for a login that is only CREATEROLE and
CREATEDB. Connections must be in autocommit mode. PostgreSQL 16 or later: memberships are given WITH INHERIT FALSE, SET TRUE, so the
login owns nothing and may touch nothing until it takes on a role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.rows import TupleRow

OWNER = "freehold_owner"
HOME = "freehold_home"
SEALER = "freehold_sealer"
GROUP_ROLES = (OWNER, HOME, SEALER)
MOVER = "freehold_mover"
"""Carries tables from one database to another by logical replication. Without a password, so that nobody can log in as it, but while it does."""

COPIER = "freehold_copier"
"""Reads the routing columns of home for copies in other regions. It has a password only once the registry is published."""

_LOGIN_ATTRIBUTES: LiteralString = "LOGIN NOSUPERUSER NOINHERIT CREATEROLE CREATEDB NOREPLICATION NOBYPASSRLS"
_MOVER_ATTRIBUTES: LiteralString = "LOGIN REPLICATION INHERIT NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS"


def ensure_login(connection: Connection[TupleRow], *, name: str, password: str) -> None:
    """Make the login role, or give the one that is there its attributes and this password. Needs a superuser.

    Only the SCRAM verifier travels, so that the password shows up in no log.
    """
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    verb: LiteralString = "ALTER" if _role_exists(connection, name) else "CREATE"
    connection.execute(
        sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(
            sql.SQL(verb), sql.Identifier(name), sql.SQL(_LOGIN_ATTRIBUTES), sql.Literal(verifier)
        )
    )


def ensure_group_roles(connection: Connection[TupleRow], *, login: str) -> None:
    """Make the roles that own and use the tables, and let `login` take them on."""
    for name in GROUP_ROLES:
        if not _role_exists(connection, name):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOINHERIT").format(sql.Identifier(name)))
        if not _may_take_on(connection, name, login=login):
            connection.execute(
                sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(sql.Identifier(name), sql.Identifier(login))
            )


def ensure_mover(connection: Connection[TupleRow], *, login: str) -> None:
    """Make the role that moves tenants between databases, and let `login` take it on and give it a password. Needs a superuser.

    The right to replicate is this role's and not the login's, which is in the hands of every web process.
    """
    verb: LiteralString = "ALTER" if _role_exists(connection, MOVER) else "CREATE"
    mover = sql.Identifier(MOVER)
    connection.execute(sql.SQL("{} ROLE {} WITH {}").format(sql.SQL(verb), mover, sql.SQL(_MOVER_ATTRIBUTES)))
    connection.execute(sql.SQL("GRANT pg_create_subscription TO {} WITH INHERIT TRUE").format(mover))
    # What arrives is written as the owner of the tables, which the worker becomes for each of them.
    connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(sql.Identifier(OWNER), mover))
    connection.execute(sql.SQL("GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET TRUE").format(mover, sql.Identifier(login)))


def ensure_copier(connection: Connection[TupleRow], *, login: str) -> None:
    """Make the role as which copies of the registry follow home, and let `login` take it on and give it a password. Needs a superuser.

    It may replicate and own nothing; what it may read is granted column by column when the registry is published.
    """
    verb: LiteralString = "ALTER" if _role_exists(connection, COPIER) else "CREATE"
    copier = sql.Identifier(COPIER)
    connection.execute(sql.SQL("{} ROLE {} WITH {}").format(sql.SQL(verb), copier, sql.SQL(_MOVER_ATTRIBUTES)))
    connection.execute(sql.SQL("GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET TRUE").format(copier, sql.Identifier(login)))


def ensure_database(connection: Connection[TupleRow], *, name: str) -> None:
    """Make the database, owned by freehold_owner, unless it is there."""
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not found:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )


def close_database(connection: Connection[TupleRow], *, login: str) -> None:
    """Shut everybody but Freehold out of the database that `connection` is in, and let freehold_owner build there.

    Works for databases that the login owns itself, such as those of the tests.
    """
    row = connection.execute(
        "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    name, owner = (sql.Identifier(str(part)) for part in row or ())
    groups = sql.SQL(", ").join(sql.Identifier(role) for role in GROUP_ROLES)
    statements: list[sql.Composed | sql.SQL] = [
        sql.SQL("SET LOCAL ROLE {}").format(owner),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name),
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, sql.Identifier(login)),
        sql.SQL("GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {} TO {}").format(name, sql.Identifier(OWNER)),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(sql.Identifier(OWNER)),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(groups),
    ]
    if _role_exists(connection, COPIER):
        statements.append(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(COPIER)))
    if _role_exists(connection, MOVER):
        statements.append(sql.SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(name, sql.Identifier(MOVER)))
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)


def open_home_tables(connection: Connection[TupleRow]) -> None:
    """Let freehold_home read and write every table that freehold_owner makes in the home database's public schema."""
    role = sql.Identifier(HOME)
    statements = [
        sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}").format(role),
        sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}").format(role),
    ]
    with connection.transaction():
        for statement in statements:
            connection.execute(statement)


def _role_exists(connection: Connection[TupleRow], name: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is not None


def _may_take_on(connection: Connection[TupleRow], name: str, *, login: str) -> bool:
    """Whether a membership with exactly these options is there; a second GRANT by another grantor would only pile up."""
    return (
        connection.execute(
            """
            SELECT 1 FROM pg_auth_members
             WHERE roleid = %s::regrole AND member = %s::regrole AND set_option AND NOT inherit_option
            """,
            [_quoted(name), _quoted(login)],
        ).fetchone()
        is not None
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
