"""What goes to the database server, message by message."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def traced(alias: str) -> Iterator[list[str]]:
    """Every message that a block sends to the server of an alias, as libpq itself tells it (PQtrace); filled when the block ends."""
    messages: list[str] = []
    connections[alias].ensure_connection()
    pgconn = connections[alias].connection.pgconn
    with tempfile.TemporaryFile("w+b") as file:
        pgconn.trace(file.fileno())
        try:
            yield messages
        finally:
            pgconn.untrace()
        file.seek(0)
        for line in file.read().decode().splitlines():
            columns = line.split("\t")
            if "F" in columns[:2]:
                messages.append("\t".join(columns[-2:]))
