"""Tables that are cut into partitions: which partitions a place has, the same ones for another place, and those of today.

Which partitions there are is a matter of the day on which a place was made and of what was pruned since; so it is no part of the compiled
script, and whoever brings rows from one place into another makes the same partitions there first. The functions that make them stand in the
place itself (audit's migration 0004): they give a partition the rights and triggers that it needs.
"""

from dataclasses import dataclass
from typing import Any, LiteralString

from django.db import connections, transaction
from psycopg import sql

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef


@dataclass(frozen=True, slots=True)
class Cut:
    """How a table is cut: the function that makes all partitions of today, the one that makes a single one of (name, low, high)."""

    make: str
    add: str


CUT = {"audit_entry": Cut(make="audit_make_partitions", add="audit_add_partition")}
"""All tables that may have partitions. Each is cut by ranges of one UUID and has a rest for what belongs in no range."""

READ: LiteralString = r"""
SELECT c.relname,
       substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([0-9a-f-]+)''\)'),
       substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''\)')
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(format('%%I.%%I', %s::text, %s::text))
 ORDER BY 3 NULLS LAST
"""
STANDS: LiteralString = "SELECT to_regprocedure(format('%%I.%%I(integer)', %s::text, %s::text)) IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition of `table` that holds ids from `low` (None: from the first) up to but not including `high`; with `high` None it is the rest."""

    table: str
    name: str
    low: str | None
    high: str | None


def read(cursor: Any, *, schema: str) -> tuple[Partition, ...]:
    """The partitions of a place, by table and then in their order, the rest last. Empty for a place from before tables were cut."""
    return tuple(
        Partition(table, name, low, high) for table in CUT for name, low, high in cursor.execute(READ, [schema, table]).fetchall()
    )


def match(cursor: Any, *, schema: str, wanted: tuple[Partition, ...]) -> None:
    """Give an empty place these partitions in place of its own, as the owner of its tables. Idempotent; all or nothing in a transaction.

    The rest is left as it is. Raises what the database raises, e.g. for partitions that overlap.
    """
    there = read(cursor, schema=schema)
    for partition in there:
        if partition.high is not None and partition not in wanted:
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(schema, partition.name)))
    for partition in wanted:
        if partition.high is not None and partition not in there:
            adding = sql.SQL("SELECT {}(%s, %s::uuid, %s::uuid)").format(sql.Identifier(schema, CUT[partition.table].add))
            cursor.execute(adding, [partition.name, partition.low, partition.high])


def make(ref: TenantRef) -> None:
    """Make all partitions of today that a place lacks, in one transaction. Idempotent. To be called by whoever is alone with the place."""
    with (
        tenancy.activate(ref, purpose=Purpose.MIGRATE),
        transaction.atomic(using=ref.cell),
        connections[ref.cell].cursor() as cursor,
    ):
        for cut in CUT.values():
            cursor.execute(STANDS, [ref.schema, cut.make])
            if cursor.fetchone()[0]:
                cursor.execute(sql.SQL("SELECT {}()").format(sql.Identifier(cut.make)))
