"""Proof that both sides are alike: number of rows and a checksum over all values of every table, whatever the order of rows."""

from collections.abc import Callable

from psycopg import IsolationLevel, sql

from tenants.moves import servers
from tenants.moves.copying import COLUMNS
from tenants.moves.servers import OWNER_ROLE, Connection

SHAPE = "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET extra_float_digits = 1; SET bytea_output = 'hex'"
DIGEST = "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(row({columns})::text, 0)::numeric), 0) FROM {table} t"


class Picture:
    """One place as it was at one moment, however long it takes to look at it."""

    def __init__(self, alias: str, *, schema: str) -> None:
        self._schema = schema
        self.connection: Connection = servers.connected(alias)
        self.connection.execute(SHAPE)
        self.connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(OWNER_ROLE)))
        self.connection.autocommit = False
        self.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        self.connection.read_only = True

    def take(self) -> None:
        """Hold the moment: what is written from here on is not seen."""
        self.connection.execute("SELECT 1")

    def release(self) -> None:
        """Let go of the moment; another may be held later."""
        self.connection.rollback()

    def digests(self, *, on_table: Callable[[str], None]) -> dict[str, tuple[int, str]]:
        """Rows and checksum of each table; `on_table` is called before each and about once a second."""
        columns: dict[str, list[str]] = {}
        for table, column, *_ in self.connection.execute(COLUMNS, [self._schema]).fetchall():
            columns.setdefault(str(table), []).append(str(column))
        return {table: self._digest(table, names, on_table=on_table) for table, names in columns.items()}

    def close(self) -> None:
        """Close the connection; closed twice is closed."""
        self.connection.close()

    def _digest(self, table: str, columns: list[str], *, on_table: Callable[[str], None]) -> tuple[int, str]:
        on_table(table)
        query = sql.SQL(DIGEST).format(
            columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in columns), table=sql.Identifier(self._schema, table)
        )
        found = str(servers.patient_value(self.connection, query, on_wait=lambda: on_table(table)))
        rows, _, total = found.partition(" ")
        return int(rows), total
