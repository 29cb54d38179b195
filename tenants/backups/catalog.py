"""What stands in a place: tables and their columns, sequences, foreign keys, triggers, the state of its migrations.

A table that is cut into partitions holds nothing itself: its partitions are tables like others, and `tenants.partitions` says how they are cut.

The relations of a schema are found through `pg_depend`, which has an index by schema. Asking `pg_class` by schema reads the relations of all
tenants: that is what makes `pg_dump -n` slow where there are many.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import sql

from tenants.partitions import CUT

RELATIONS: LiteralString = """
WITH here AS MATERIALIZED (
    SELECT objid FROM pg_depend
     WHERE refclassid = 'pg_namespace'::regclass AND refobjid = %s::regnamespace AND classid = 'pg_class'::regclass AND deptype = 'n'
)
SELECT c.oid, c.relname, c.relkind::text FROM here JOIN pg_class c ON c.oid = here.objid ORDER BY c.relname
"""
COLUMNS: LiteralString = """
SELECT attrelid, attname, format_type(atttypid, atttypmod) FROM pg_attribute
 WHERE attrelid = ANY(%s) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attrelid, attnum
"""
FOREIGN_KEYS: LiteralString = """
SELECT conrelid, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ANY(%s) AND contype = 'f' ORDER BY conname
"""
TRIGGERS: LiteralString = """
SELECT tgrelid, tgname, tgenabled::text FROM pg_trigger WHERE tgrelid = ANY(%s) AND NOT tgisinternal AND tgenabled <> 'D' ORDER BY tgname
"""
MIGRATIONS: LiteralString = "SELECT app || '.' || name FROM django_migrations"
HOLDING_ROWS = frozenset("rpmf")
TABLE, PARENT, SEQUENCE = "r", "p", "S"


class UnknownRelation(Exception):
    """A place holds rows in something that is no ordinary table: a fault of ours, never of a caller."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table of a place: its columns as (name, type), without those that the server computes."""

    oid: int
    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a place consists of, by name."""

    tables: tuple[Shape, ...]
    sequences: tuple[str, ...]

    @property
    def oids(self) -> list[int]:
        """The tables as the server numbers them."""
        return [table.oid for table in self.tables]


def read(cursor: Any, *, schema: str) -> Catalog:
    """Tables and sequences of the schema that the cursor stands in. Raises UnknownRelation."""
    relations = cursor.execute(RELATIONS, [schema]).fetchall()
    odd = [name for _, name, kind in relations if kind in HOLDING_ROWS and kind != TABLE and not (kind == PARENT and name in CUT)]
    if odd:
        raise UnknownRelation(f"{odd[0]} of {schema} is no ordinary table; teach copies about it first")
    oids = {oid: name for oid, name, kind in relations if kind == TABLE}
    columns: dict[int, list[tuple[str, str]]] = {oid: [] for oid in oids}
    for oid, name, kind in cursor.execute(COLUMNS, [list(oids)]).fetchall():
        columns[oid].append((name, kind))
    return Catalog(
        tables=tuple(Shape(oid, name, tuple(columns[oid])) for oid, name in oids.items()),
        sequences=tuple(name for _, name, kind in relations if kind == SEQUENCE),
    )


def migrations(cursor: Any) -> tuple[str, ...]:
    """The migrations that were applied, sorted, as `app.name`."""
    return tuple(sorted(name for (name,) in cursor.execute(MIGRATIONS).fetchall()))


def stands(cursor: Any, names: tuple[str, ...]) -> list[tuple[str, int, bool]]:
    """Where each sequence stands, in one message: name, last value, whether it was given out.

    A statement for each: to plan one that joins them all takes longer than to read them.
    """
    if not names:
        return []
    one = sql.SQL("SELECT {}, last_value, is_called FROM {}")
    cursor.execute(sql.SQL("; ").join(one.format(sql.Literal(name), sql.Identifier(name)) for name in names))
    found = [cursor.fetchone()]
    while cursor.nextset():
        found.append(cursor.fetchone())
    return found
