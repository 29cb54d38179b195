"""What lies in a tenant's place, counted now: rows of every table, bytes, people, keys, entries of the trail."""

from dataclasses import dataclass, field

from django.db import connections
from psycopg import sql

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.places import Progress

PEOPLE, KEYS, ENTRIES = "identity_user", "identity_apikey", "audit_entry"
TABLES = """
SELECT c.relname, CASE c.relkind WHEN 'r' THEN pg_total_relation_size(c.oid)
       ELSE (SELECT sum(pg_total_relation_size(t.relid)) FROM pg_partition_tree(c.oid) t)::bigint END
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows by table, those of its partitions among them, and the bytes of all of them with their indexes. Empty where there is no place."""

    tables: dict[str, int] = field(default_factory=dict)
    size_bytes: int = 0

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.tables.values())

    @property
    def people(self) -> int:
        """People, invited and former ones among them."""
        return self.tables.get(PEOPLE, 0)

    @property
    def api_keys(self) -> int:
        """Keys, revoked ones among them."""
        return self.tables.get(KEYS, 0)

    @property
    def entries(self) -> int:
        """Entries of the tenant's own trail."""
        return self.tables.get(ENTRIES, 0)


def of(ref: TenantRef, *, on_progress: Progress | None = None) -> Contents:
    """Count a tenant's place table by table; one that has none is empty. `on_progress` is told before each table."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(TABLES, [ref.schema])
        sizes: dict[str, int] = dict(cursor.fetchall())
        counts = {}
        for number, table in enumerate(sizes):
            if on_progress is not None:
                on_progress(number, len(sizes), table)
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(ref.schema, table)))
            counts[table] = int(cursor.fetchone()[0])
    return Contents(tables=counts, size_bytes=sum(sizes.values()))
