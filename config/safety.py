"""What must hold before the product serves anybody: no pooler that mixes sessions, no settings or tables that mix tenants.

`serve` and `setup` (and so `up`) refuse to go on where it does not hold; `doctor` tells of it.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import psycopg
from django.core.checks import Error as CheckError

from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import breaker, checks, poolers

# Tables of tenants in a `public` schema would be found wherever a tenant's own is missing; and nobody's role may look there.
NAMESAKES = "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s) ORDER BY 1"
LET_IN = "SELECT rolname FROM pg_roles WHERE rolname ~ '^t_[0-9a-f]{32}$' AND has_schema_privilege(oid, 'public', 'USAGE, CREATE') ORDER BY 1"
SESSION_POOLING = "Set the pooler to session pooling (PgBouncer: pool_mode = session) with room for every connection, or connect to PostgreSQL directly."


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a wall is open, and what closes it."""

    where: str
    detail: str
    fix: str


def require_walls() -> None:
    """Raise Unavailable with every hole that can be seen. A database that is away is passed over: nobody can be served from it either."""
    holes = list(in_code())
    for alias in (tenancy.HOME, *tenancy.cells.aliases()):
        try:
            holes += in_database(alias)
        except psycopg.OperationalError:
            continue
    if holes:
        told = " ".join(f"{hole.where}: {hole.detail} {hole.fix}" for hole in holes)
        raise Unavailable(f"Tenants would not be kept apart, so nothing was started. {told}")


def in_code() -> Iterator[Hole]:
    """Holes in models and settings."""
    for message in checks.all_walls():
        if isinstance(message, CheckError):
            yield Hole("settings", str(message.msg), message.hint or "")


def in_database(alias: str) -> Iterator[Hole]:
    """Holes between the product and one database. Raises psycopg's OperationalError when it cannot be asked."""
    connect = partial(breaker.connect, alias)
    shown = poolers.sharing(connect)
    if shown:
        yield Hole(f"database {alias}", f"A pooler stands in front of it and shares sessions. {shown}", SESSION_POOLING)
        return
    with closing(connect()) as connection:
        found = connection.execute(NAMESAKES, [sorted(checks.tenant_tables() - checks.SHARED_TABLES)]).fetchall()
        let_in = connection.execute(LET_IN).fetchall()
    if found:
        names = ", ".join(str(row[0]) for row in found[:5])
        yield Hole(f"database {alias}", f"Its schema public has tables named like tenants': {names}.", "Move them elsewhere.")
    if let_in:
        fix = "Run: REVOKE ALL ON SCHEMA public FROM PUBLIC, and from these roles."
        yield Hole(f"database {alias}", f"{len(let_in)} roles of tenants may look into its schema public.", fix)
