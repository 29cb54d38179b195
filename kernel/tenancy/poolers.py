"""Whether a database gives each connection a session of its own.

Role and search path belong to a session of the server, and so do prepared plans and advisory locks. A pooler that hands one session to many
clients, such as PgBouncer in transaction or statement mode, lets one client read in the tenant of another without any error. What a pooler is
and how it is set cannot be asked reliably; so two connections are made and each tries whether the other can be seen through it. That
`search_path` survives is not enough: no server reports the role, so no pooler can restore it.
"""

import secrets
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from select import select
from typing import Any

from psycopg import OperationalError

from kernel.tenancy.backend.results import done

ROUNDS = 5
ANSWER_WITHIN_S = 5.0

Connect = Callable[[], Any]
"""Makes a psycopg connection of one's own that stands nowhere and that no driver pool has."""


class _NoAnswer(Exception):
    """A client waits for longer than a server needs that has a session for it."""


@dataclass(frozen=True, slots=True)
class _Client:
    """One of the two connections, and the name that it leaves in its session."""

    connection: Any
    mark: str


def sharing(connect: Connect) -> str:
    """What shows that sessions are shared, as a sentence for operators; empty when every connection has one of its own.

    Takes a few milliseconds. Raises psycopg's OperationalError when the database does not let anybody in.
    """
    with closing(connect()) as one, closing(connect()) as other:
        clients = [_Client(connection, mark=f"freehold_probe_{secrets.token_hex(6)}") for connection in (one, other)]
        try:
            for client in clients:
                _mark(client)
            return _seen_through(clients)
        except _NoAnswer:
            return "Of two connections that were let in, one gets no answer while the other is open."
        finally:
            for client in clients:
                with suppress(OperationalError):
                    _ask(client, "RESET search_path")


def _mark(client: _Client) -> None:
    _ask(client, f"SET search_path = {client.mark}")
    _ask(client, f"PREPARE {client.mark} AS SELECT 1")


def _seen_through(clients: list[_Client]) -> str:
    backends: dict[str, set[str]] = {client.mark: set() for client in clients}
    for _ in range(ROUNDS):
        for client in clients:
            backends[client.mark].add(_ask(client, "SELECT pg_backend_pid()"))
            if _ask(client, "SHOW search_path") != client.mark:
                return "What one connection had set was gone in its next statement, or was another connection's."
            if _ask(client, f"SELECT count(*) FROM pg_prepared_statements WHERE name = '{client.mark}'") != "1":
                return "What one connection had prepared was gone in its next statement."
    if any(len(seen) > 1 for seen in backends.values()):
        return "The statements of one connection ran in several sessions of the server."
    if len(set.union(*backends.values())) < len(clients):
        return "Two connections ran in the same session of the server."
    return ""


def _ask(client: _Client, query: str) -> str:
    """The first column of the first row, as text; waits a few seconds at most, because a pooler may let a client wait for ever."""
    pgconn = client.connection.pgconn
    pgconn.send_query(query.encode())
    deadline = time.monotonic() + ANSWER_WITHIN_S
    while pgconn.is_busy():
        readable, _, _ = select([pgconn.socket], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise _NoAnswer
        pgconn.consume_input()
    first = pgconn.get_result()
    while pgconn.get_result() is not None:
        """Until libpq says that the answer is complete."""
    result = done(first)
    return (result.get_value(0, 0) or b"").decode() if result.ntuples else ""
