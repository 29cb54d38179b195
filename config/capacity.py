"""How many connections the product can open to each server, against how many the server takes.

A thread of web and a process of the worker keep one connection to each database that they use, because a new one costs fifty times the query.
So a server must take (web workers times threads + worker processes + some for commands) for each of its databases. For a cell with many tenants
each web worker keeps further ones (`kernel.tenancy.backend.shelf`), and each has one to home beside its requests (`tenants.reviewing`). Each further instance of the product takes as many again.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from django.conf import settings
from django.db import connections

from config.embedded import programs
from kernel import tenancy
from kernel.tenancy import breaker

FOR_COMMANDS = 3
"""`setup`, `doctor` and the like, which run beside the product for a while."""
SHARE = 0.8
"""Of what the server takes; the rest is for backups, monitoring, people, and a restart that overlaps."""

TAKEN = """
SELECT least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
             CASE WHEN rolconnlimit < 0 THEN 1000000 ELSE rolconnlimit END)
  FROM pg_roles WHERE rolname = session_user
"""

PLACES = r"SELECT count(*) FROM pg_namespace WHERE nspname LIKE 't\_%'"


@dataclass(frozen=True, slots=True)
class Demand:
    """What one server is asked for: `needed` connections at most, of the `allowed` which it should be asked for."""

    aliases: tuple[str, ...]
    needed: int
    allowed: int

    @property
    def fits(self) -> bool:
        """Whether all threads can be connected at the same time."""
        return self.needed <= self.allowed


def per_database() -> int:
    """Connections that one instance of the product opens to each database at most, without what web has besides."""
    return settings.WEB_WORKERS * settings.WEB_THREADS + programs.WORKER_PROCESSES + FOR_COMMANDS


def kept(alias: str) -> int:
    """Connections that web has to a database besides: to home for its reviews, to a cell where it has more tenants than one connection takes.

    Raises psycopg's OperationalError for one that is away.
    """
    if alias in tenancy.cells.REGISTRIES:
        return settings.WEB_WORKERS if alias == tenancy.HOME and settings.REGISTRY_REVIEW_S else 0
    with closing(breaker.connect(alias)) as connection:
        row = connection.execute(PLACES).fetchone()
    has_many = row is not None and int(str(row[0])) >= settings.TENANTS_PER_CONNECTION
    return settings.WEB_WORKERS * settings.SHELVED_CONNECTIONS if has_many else 0


def demands(aliases: Iterable[str]) -> Iterator[Demand]:
    """The demand on each server behind these databases. Raises psycopg's OperationalError for one that is away."""
    servers: dict[tuple[str, str], list[str]] = {}
    for alias in aliases:
        place = connections.databases[alias]
        servers.setdefault((str(place["HOST"]), str(place["PORT"])), []).append(alias)
    for found in servers.values():
        with closing(breaker.connect(found[0])) as connection:
            row = connection.execute(TAKEN).fetchone()
        taken = int(str(row[0])) if row else 0
        yield Demand(aliases=tuple(found), needed=sum(per_database() + kept(alias) for alias in found), allowed=int(taken * SHARE))
