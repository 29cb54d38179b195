"""What a witness remembers of each log: one row in a file of SQLite, written and flushed before the witness answers."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

TABLE = """
CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL, at INTEGER NOT NULL) STRICT
"""
PUT = """
INSERT INTO seen (origin, size, root, note, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at
"""
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest checkpoint of one log that was cosigned; size 0 before the first. `at` is in seconds since 1970."""

    origin: str
    size: int = 0
    root: bytes = b""
    note: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The memory within one turn."""

    connection: sqlite3.Connection

    def of(self, origin: str) -> Seen:
        """What was seen of a log."""
        row = self.connection.execute("SELECT origin, size, root, note, at FROM seen WHERE origin = ?", [origin]).fetchone()
        return Seen(origin) if row is None else Seen(*row)

    def put(self, origin: str, *, size: int, root: bytes, note: str, at: int) -> None:
        """Remember a checkpoint in place of the one before."""
        self.connection.execute(PUT, [origin, size, root, note, at])


@dataclass(frozen=True, slots=True)
class Memory:
    """The file, which is made when it is not there."""

    path: Path

    @contextmanager
    def turn(self) -> Iterator[Kept]:
        """Look and write as one step, alone; on disk when the block ends. What is raised inside undoes it."""
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Kept(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def all(self) -> list[Seen]:
        """What was seen of every log, by origin."""
        with closing(self._open()) as connection:
            return [Seen(*row) for row in connection.execute("SELECT origin, size, root, note, at FROM seen ORDER BY origin")]

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(TABLE)
        return connection
