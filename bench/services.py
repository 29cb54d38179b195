"""A scratch installation for one benchmark: its own PostgreSQL and Redis under a temporary folder, gone at the end."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from config.embedded import addresses as addressing
from config.embedded import keys, postgres, redis
from config.embedded.addresses import LOGIN_ROLE, Addresses


@contextmanager
def running() -> Iterator[Addresses]:
    """Both services for the length of a block, with empty data."""
    with tempfile.TemporaryDirectory(prefix="freehold-bench-", ignore_cleanup_errors=True) as folder:
        addresses = addressing.at(Path(folder))
        try:
            postgres.start(addresses)
            redis.start(addresses)
            yield addresses
        finally:
            redis.stop(addresses)
            postgres.stop(addresses)


def add_database(addresses: Addresses, name: str) -> dict[str, str]:
    """Make a database on the same server for a peer, owned by the same login; gives what Django's DATABASES wants."""
    with postgres.connected_as_superuser(addresses, "postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(sql.Identifier(name), sql.Identifier(LOGIN_ROLE))
        )
    return addresses.database(name, password=keys.secret(addresses, keys.DATABASE_PASSWORD))
