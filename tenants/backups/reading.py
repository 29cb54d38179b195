"""Reading the rows of a place: one message asks for all its tables, so that a table costs no round trip and a row hardly any Python.

Several COPY in one message are libpq's own way (PostgreSQL manual, "Functions Associated with the COPY Command": after the -1 of one, the next
result may be another COPY). psycopg's cursor takes one for each message and is entered again for each row, which took most of the time.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import pq, sql

from kernel.tenancy.backend.results import done
from tenants.backups.catalog import Catalog, Shape
from tenants.backups.pulse import Pulse

PIECE = 256 * 1024
WAIT_MS = 1000

Texts = Iterator[tuple[Shape, Iterator[bytes]]]


@contextmanager
def texts(cursor: Any, found: Catalog, *, schema: str, pulse: Pulse) -> Iterator[Texts]:
    """Each table of a schema with its rows as text of COPY, in pieces of at least 256 KiB but for the last.

    The cursor must already act as the owner of the tables, in a transaction. A table's pieces are taken to the end before the next table is
    asked for. Tells progress by tables. When the block ends early, the connection is closed: the server is still sending. Raises psycopg's errors.
    """
    connection = cursor.connection
    stream = _Stream(connection.pgconn, pulse=pulse)
    try:
        yield stream.tables(_copies(found, schema=schema).as_bytes(connection), found.tables)
    finally:
        if stream.is_open:
            connection.close()


def _copies(found: Catalog, *, schema: str) -> sql.Composed:
    """COPY of every table. Without a list of columns it gives those that the server does not compute, as the catalog has them (manual, COPY).

    The schema is named, since a message of this kind does not go through the cursor that would first go where the scope stands.
    """
    return sql.SQL("; ").join(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(schema, table.name)) for table in found.tables)


class _Stream:
    """What the server answers to a message of COPY statements."""

    def __init__(self, pgconn: Any, *, pulse: Pulse) -> None:
        self.is_open = False
        self._pgconn = pgconn
        self._pulse = pulse
        self._arriving = select.poll()
        self._arriving.register(pgconn.socket, select.POLLIN)

    def tables(self, message: bytes, shapes: tuple[Shape, ...]) -> Texts:
        """Send the message and give the answer to each of its statements, which stand in the order of `shapes`."""
        for number, shape in enumerate(shapes):
            self._pulse.at(number, len(shapes), shape.name)
            if not self.is_open:
                self._send(message)
            self._begin()
            yield shape, self._pieces()
        if self.is_open:
            self._end()

    def _send(self, message: bytes) -> None:
        self.is_open = True
        self._pgconn.send_query(message)
        leaving = select.poll()
        leaving.register(self._pgconn.socket, select.POLLOUT)
        while self._pgconn.flush():
            leaving.poll()

    def _begin(self) -> None:
        result = self._result()
        if result.status != pq.ExecStatus.COPY_OUT:
            done(result)

    def _pieces(self) -> Iterator[bytes]:
        """One table's rows. This loop runs once for each row of a copy: what it does not do is what makes it quick."""
        waiting, next_row = bytearray(), self._pgconn.get_copy_data
        while (received := next_row(1))[0] >= 0:
            size, row = received
            if not size:
                self._wait()
                continue
            waiting += row
            if len(waiting) >= PIECE:
                self._pulse.again()
                yield bytes(waiting)
                waiting.clear()
        done(self._result())
        if waiting:
            yield bytes(waiting)

    def _end(self) -> None:
        """Let the connection be used again: it must have said that nothing more comes."""
        while (result := self._result()) is not None:
            done(result)
        self.is_open = False

    def _result(self) -> Any:
        while self._pgconn.is_busy():
            self._wait()
        return self._pgconn.get_result()

    def _wait(self) -> None:
        """Wait for more from the server, and say meanwhile that the copy is still alive."""
        if not self._arriving.poll(WAIT_MS):
            self._pulse.again()
        self._pgconn.consume_input()
