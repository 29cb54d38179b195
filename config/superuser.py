"""The database's superuser, for the one command that shows what even they cannot hide."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connections

from config.embedded import addresses, postgres
from kernel.problems import Conflict


@contextmanager
def connected(alias: str) -> Iterator[psycopg.Connection]:
    """A connection of the embedded server's superuser to the database of an alias, in autocommit. Raises Conflict for servers of others."""
    if not settings.IS_EMBEDDED:
        raise Conflict(
            "This needs the superuser of the embedded server. Run it in an installation without DATABASE_URL, e.g. on your own machine."
        )
    with postgres.connected_as_superuser(addresses.at(settings.VAR), connections[alias].settings_dict["NAME"]) as connection:
        yield connection
