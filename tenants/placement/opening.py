"""Connections to databases that are no cells yet, or that are looked at from outside: as the product logs in, standing nowhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections

from kernel import databases, tenancy

Connection = psycopg.Connection[tuple[Any, ...]]

CONNECT_S = 3
STATEMENT_MS = 10_000

PLACE = "SELECT s.system_identifier, d.oid FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()"


def connect(entry: Mapping[str, Any], *, timeout_s: int = CONNECT_S) -> Connection:
    """A connection of one's own in autocommit. No statement may take longer than ten seconds. Raises psycopg's errors."""
    asked = {
        "application_name": "freehold-look",
        "connect_timeout": str(timeout_s),
        "options": f"-c statement_timeout={STATEMENT_MS}",
    }
    return psycopg.connect(databases.conninfo(entry, **asked), autocommit=True)


@contextmanager
def opened(entry: Mapping[str, Any], *, timeout_s: int = CONNECT_S) -> Iterator[Connection]:
    """The same for the length of a block, to the database of an entry of DATABASES. Raises psycopg's errors."""
    with connect(entry, timeout_s=timeout_s) as connection:
        yield connection


def entry_of(alias: str) -> dict[str, Any]:
    """What DATABASES holds for home or a cell. Raises Unavailable when nobody knows where the cell is."""
    if alias != tenancy.HOME:
        tenancy.cells.ensure(alias)
    entry: dict[str, Any] = connections.databases[alias]
    return entry


def place_of(connection: Connection) -> tuple[int, int]:
    """Which database this is, whatever name or address leads to it: the server's own number and the database's."""
    row = connection.execute(PLACE).fetchone()
    return (int(row[0]), int(row[1])) if row is not None else (0, 0)


def told_place(entry: Mapping[str, Any]) -> str:
    """Where a database is, without user and password, for people."""
    host, port = str(entry.get("HOST") or "localhost"), str(entry.get("PORT") or "5432")
    return f"{host}/{entry['NAME']}" if host.startswith("/") else f"{host}:{port}/{entry['NAME']}"
