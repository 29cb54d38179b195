"""Which migrations each schema has run: one statement per cell for all of its schemas."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

from django.db import connections
from psycopg import sql

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.fleet.history import Applied, History
from tenants.fleet.members import Member

HAVING_TABLES = """
SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relname = 'django_migrations' AND n.nspname = ANY(%s)
"""
APPLIED = sql.SQL("SELECT {}::text, coalesce(string_agg(app || '.' || name, ' ' ORDER BY app, name), '') FROM {}.django_migrations")
AT_ONCE = 1000
"""Schemas read by one statement; a cell holds about as many."""


def of(members: Iterable[Member]) -> dict[Member, Applied]:
    """The migrations that each schema notes as run. One that has no such note, or does not exist, is left out.

    Raises what the database raises for a cell that is away.
    """
    found: dict[Member, Applied] = {}
    for cell, group in groupby(sorted(members, key=lambda member: member.cell), key=lambda member: member.cell):
        found |= in_cell(cell, members=list(group))
    return found


def in_cell(cell: str, *, members: Sequence[Member]) -> dict[Member, Applied]:
    """The same for members that all lie in one cell."""
    found: dict[Member, Applied] = {}
    for start in range(0, len(members), AT_ONCE):
        by_schema = {member.schema: member for member in members[start : start + AT_ONCE]}
        applied = _read(cell, ref=members[start].ref(), schemas=list(by_schema))
        found |= {by_schema[schema]: _parsed(text) for schema, text in applied}
    return found


def one(member: Member) -> Applied | None:
    """The migrations that one schema notes as run; None when it has no tables."""
    return in_cell(member.cell, members=[member]).get(member)


def behind(refs: Iterable[TenantRef]) -> list[TenantRef]:
    """Those tenants whose tables are not in the state of the code, in the order of their cells."""
    by_member = {Member(ref.id, ref.cell, ref.schema, ref.slug, ref.state): ref for ref in refs}
    applied = of(by_member)
    pending = {state: History(state).pending() for state in set(applied.values())}
    return [ref for member, ref in by_member.items() if member not in applied or pending[applied[member]]]


def _read(cell: str, *, ref: TenantRef, schemas: list[str]) -> list[tuple[str, str]]:
    """The notes of all schemas, read as their owner; `ref` is any of them."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[cell].cursor() as cursor:
        cursor.execute(HAVING_TABLES, [schemas])
        present = sorted(schema for (schema,) in cursor.fetchall())
        if not present:
            return []
        parts = [APPLIED.format(sql.Literal(schema), sql.Identifier(schema)) for schema in present]
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        return [(schema, text) for schema, text in cursor.fetchall()]


@lru_cache(maxsize=256)
def _parsed(text: str) -> Applied:
    """Most schemas are in the same state, so that the same text comes a thousand times."""
    nodes = (part.partition(".") for part in text.split())
    return frozenset((app, name) for app, _, name in nodes)
