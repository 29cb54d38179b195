"""Connections to the databases of cells beside Django's: a move speaks to two at once, as three roles, and holds a snapshot over a change.

They log in as the product does, and take on a role for each piece of work.
"""

import select
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from django.db import DatabaseError, connections
from psycopg import pq, sql

from kernel import databases, sealing, tenancy
from kernel.problems import Problem, Unavailable
from kernel.tenancy.backend.results import done

MOVER_ROLE = "freehold_mover"
OWNER_ROLE = "freehold_owner"
WAIT_S = 1.0
CONNECT_S = 3

Connection = psycopg.Connection[tuple[Any, ...]]
FAULTS = (DatabaseError, psycopg.Error, Problem)
"""What a server that is away or a rule of ours may stop a move with."""


def name_of(tenant_id: UUID) -> str:
    """What publication, slot and subscription of a tenant's move are called; there is one move of a tenant at a time."""
    return f"freehold_move_{tenant_id.hex}"


def connected(alias: str) -> Connection:
    """A connection of our own to the database of a cell, in autocommit. Raises Unavailable when it does not answer."""
    try:
        return psycopg.connect(_conninfo(alias), autocommit=True)
    except psycopg.OperationalError as fault:
        raise Unavailable(f"The database of {alias} does not answer: {str(fault).splitlines()[0]}", cell=alias) from fault


@contextmanager
def opened(alias: str) -> Iterator[Connection]:
    """The same for the length of a block. Raises Unavailable."""
    with connected(alias) as connection:
        yield connection


@contextmanager
def acting_as(connection: Connection, role: str) -> Iterator[Connection]:
    """Take on a role for the length of a block; the login's own rights afterwards."""
    connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    try:
        yield connection
    finally:
        if not connection.closed and connection.info.transaction_status is not pq.TransactionStatus.INERROR:
            connection.execute("RESET ROLE")


def place_of(connection: Connection) -> tuple[int, int]:
    """Which database this is, whatever it is called: the server's own number and the database's."""
    row = connection.execute(
        "SELECT s.system_identifier, d.oid FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()"
    ).fetchone()
    assert row is not None  # noqa: S101 - one row by its nature
    return int(row[0]), int(row[1])


def value(connection: Connection, query: LiteralString | sql.Composed, *parameters: Any) -> Any:
    """The first column of the first row; None when there is no row."""
    row = connection.execute(query, parameters).fetchone()
    return None if row is None else row[0]


def patient_value(connection: Connection, query: sql.Composed, *, on_wait: Callable[[], None]) -> Any:
    """The same for a query that takes long, as text; `on_wait` is called about once a second meanwhile. When it raises, the query is cancelled."""
    pgconn = connection.pgconn
    pgconn.send_query(query.as_bytes(connection))
    while pgconn.is_busy():
        if not select.select([pgconn.socket], [], [], WAIT_S)[0]:
            try:
                on_wait()
            except BaseException:
                connection.cancel_safe()
                connection.close()
                raise
        pgconn.consume_input()
    results = []
    while (result := pgconn.get_result()) is not None:
        results.append(result)
    found = done(results[-1]).get_value(0, 0)
    return None if found is None else found.decode()


def wake_mover(connection: Connection, *, alias: str) -> None:
    """Give the mover the password with which the other side logs in here, for half a day. Between moves nobody can log in as it.

    The password follows from the installation's pepper, so that nothing has to be kept, and moves that run at once agree on it.
    """
    verifier = connection.pgconn.encrypt_password(_password(alias).encode(), MOVER_ROLE.encode(), b"scram-sha-256").decode()
    until = value(connection, "SELECT (now() + interval '12 hours')::text")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {} VALID UNTIL {}").format(
            sql.Identifier(MOVER_ROLE), sql.Literal(verifier), sql.Literal(until)
        )
    )


def mover_conninfo(alias: str, *, name: str) -> str:
    """How the server of another cell logs in at this one as the mover: at the address that we use ourselves, under the name of the move."""
    return _conninfo(alias, user=MOVER_ROLE, password=_password(alias), application_name=name)


def names(values: Sequence[str], *, schema: str) -> sql.Composed:
    """Tables of a schema, as SQL lists them."""
    return sql.SQL(", ").join(sql.Identifier(schema, name) for name in values)


def _conninfo(alias: str, **changed: str) -> str:
    tenancy.cells.ensure(alias)
    settled = {"connect_timeout": str(CONNECT_S), "application_name": "freehold-move", **changed}
    return databases.conninfo(connections[alias].settings_dict, **settled)


def _password(alias: str) -> str:
    return sealing.digest(alias.encode(), purpose="tenants.mover").hex()
