"""Which tables a script will lock, so that all locks are asked for at once, in order, and given up together.

PostgreSQL queues everybody who comes later behind a lock that is waited for, and finds a circle of waiters only after `deadlock_timeout`, one
second by default; whoever finds it is ended. A migration that takes its locks one by one can so end a request. One that asks for all of
them first, and gives up well before that second, never does: the request waits for a moment and goes on.
"""

import re
from collections.abc import Iterable
from enum import IntEnum

from psycopg import sql

WAIT_MS = 300
"""How long one of these statements may wait: at most three for tables, so that together they stay below the second of `deadlock_timeout`."""

INDEX = re.compile(r"\s*CREATE\s+(UNIQUE\s+)?INDEX\b", re.IGNORECASE)
ROWS = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|SELECT)\b", re.IGNORECASE)
WORD = re.compile(r"\w+")


class Mode(IntEnum):
    """How strong a lock is, the strongest last."""

    ROWS = 1
    INDEX = 2
    TABLE = 3


NAMES = {Mode.ROWS: "ROW EXCLUSIVE", Mode.INDEX: "SHARE ROW EXCLUSIVE", Mode.TABLE: "ACCESS EXCLUSIVE"}
"""An index, and a reference from a new table, leave readers alone."""

Locks = tuple[tuple[Mode, tuple[str, ...]], ...]


def wanted(statements: Iterable[str], *, tables: frozenset[str]) -> Locks:
    """The strongest lock that each of the existing `tables` needs for these statements, the strongest mode first, tables in order."""
    needed: dict[str, Mode] = {}
    for statement in statements:
        for table in tables.intersection(WORD.findall(statement)):
            needed[table] = max(needed.get(table, Mode.ROWS), _mode(statement, table))
    return tuple(
        (mode, tuple(sorted(table for table in needed if needed[table] is mode)))
        for mode in sorted(Mode, reverse=True)
        if mode in needed.values()
    )


def message(locks: Locks) -> sql.Composable:
    """The statements that ask for them, in the running transaction; empty for none."""
    parts = []
    for mode, tables in locks:
        names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
        parts.append(sql.SQL("LOCK TABLE {} IN {} MODE;").format(names, sql.SQL(NAMES[mode])))
    return sql.SQL(" ").join(parts)


def _mode(statement: str, table: str) -> Mode:
    if INDEX.match(statement):
        return Mode.INDEX
    if ROWS.match(statement):
        return Mode.ROWS
    mentions = len(re.findall(rf"\b{table}\b", statement))
    references = len(re.findall(rf'REFERENCES\s+"?{table}\b', statement, re.IGNORECASE))
    return Mode.INDEX if mentions == references else Mode.TABLE
