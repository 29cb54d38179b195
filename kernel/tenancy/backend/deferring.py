"""A statement that nobody waits for: it goes out in one message with the COMMIT, or before whatever else is executed until then.

Saves the round trip of what an action writes last, which costs a busy process half a millisecond of its processor and of the server's (ADR 30).
What is deferred is kept on the raw connection, whose transaction it belongs to; a ROLLBACK drops it with everything else.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import pq

from kernel.tenancy.backend.results import done

DEFERRED = "freehold_deferred"


def written(raw: Any, statement: str, values: Iterable[Any]) -> bytes:
    """A statement with its values in the place of each `%s`, quoted by libpq. Raises TypeError for a value of another kind.

    psycopg's own client-side cursor does the same for values of all kinds, at three times the cost.
    """
    escape = pq.Escaping(raw.pgconn).escape_literal
    parts = statement.encode().split(b"%s")
    texts = [_literal(value, escape=escape) for value in values]
    return b"".join(part for pair in zip(parts, [*texts, b""], strict=True) for part in pair)


def _literal(value: Any, *, escape: Any) -> bytes:
    if isinstance(value, str):
        return bytes(escape(value.encode()))
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, bytes):
        return b"'\\x" + value.hex().encode() + b"'::bytea"
    if isinstance(value, UUID):
        return f"'{value}'".encode()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return f"'{value.isoformat()}'".encode()
    raise TypeError(f"a value of type {type(value).__name__} cannot be deferred")


def add(raw: Any, statement: bytes) -> None:
    """Keep one statement, complete with its values, for the running transaction."""
    vars(raw).setdefault(DEFERRED, []).append(statement)


def waits(raw: Any) -> bool:
    """Whether something is kept; asked before each statement."""
    return bool(vars(raw).get(DEFERRED))


def drop(raw: Any) -> None:
    """Forget what is kept: its transaction is over, or was doomed before it came to it."""
    vars(raw).pop(DEFERRED, None)


def settle(raw: Any) -> None:
    """Execute what is kept. In a transaction that has failed nothing can be executed, and nothing of it will stay. Raises psycopg's errors."""
    statements = vars(raw).pop(DEFERRED, ())
    if raw.pgconn.transaction_status == pq.TransactionStatus.INTRANS:
        done(raw.pgconn.exec_(b";".join(statements)))


def commit(raw: Any) -> None:
    """Execute what is kept and commit, in one message. Raises psycopg's errors; the transaction has failed then."""
    statements = vars(raw).pop(DEFERRED)
    done(raw.pgconn.exec_(b";".join((*statements, b"COMMIT"))))
