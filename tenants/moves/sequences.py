"""Sequences: logical replication does not carry them, and a key that is given twice is a lost write (PostgreSQL documentation, Restrictions)."""

from tenants.moves.servers import OWNER_ROLE, Connection, acting_as

READ = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = %s ORDER BY sequencename"
WRITE = """
SELECT setval(format('%%I.%%I', s.schemaname, s.sequencename)::regclass, coalesce(given.last, s.start_value), given.last IS NOT NULL)
  FROM pg_sequences s JOIN unnest(%s::text[], %s::bigint[]) AS given(name, last) ON given.name = s.sequencename
 WHERE s.schemaname = %s
"""


def carry_over(source: Connection, target: Connection, *, schema: str) -> None:
    """Let the new place go on counting where the old one stopped. Idempotent, and right only while nobody writes.

    The commit of this transaction also puts on disk what was replicated before it, which is written lazily.
    """
    with acting_as(source, OWNER_ROLE):
        rows = source.execute(READ, [schema]).fetchall()
    with acting_as(target, OWNER_ROLE):
        target.execute(WRITE, [[name for name, _ in rows], [last for _, last in rows], schema])
